import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { sleep } from './support.ts'

const PROGRAM = '/usr/bin/janus'
const FOLDERS = ['/usr/lib/x86_64-linux-gnu/janus', '/usr/lib/aarch64-linux-gnu/janus', '/usr/lib/janus']
const PORTS = '50000-52000'

/**
 * Janus, a media server in C, for comparison: its EchoTest sends each leg its own audio back, which is the work of
 * relaying one leg of a call.
 */
export class Janus {
  readonly #child: ChildProcess
  readonly #url: string
  readonly #folder: string
  readonly #ended: Promise<void>
  readonly #polling = new AbortController()

  private constructor(child: ChildProcess, url: string, folder: string) {
    this.#child = child
    this.#url = url
    this.#folder = folder
    this.#ended = new Promise(resolve => child.on('exit', () => resolve()))
  }

  /** @returns null where it is not installed. */
  static async start(): Promise<Janus | null> {
    const installed = FOLDERS.find(folder => fs.existsSync(path.join(folder, 'plugins')))
    if (!fs.existsSync(PROGRAM) || !installed) return null
    const port = await freePort()
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-janus-'))
    const others = (kind: string, but: string) =>
      fs
        .readdirSync(path.join(installed, kind))
        .filter(name => name.endsWith('.so') && !name.includes(but))
        .join(',')
    const write = (name: string, text: string) => fs.writeFileSync(path.join(folder, name), text)
    write(
      'janus.jcfg',
      `general: {\n configs_folder = "${folder}"\n plugins_folder = "${installed}/plugins"\n` +
        ` transports_folder = "${installed}/transports"\n debug_level = 2\n session_timeout = 0\n}\n` +
        `media: {\n rtp_port_range = "${PORTS}"\n}\n` +
        `plugins: {\n disable = "${others('plugins', 'echotest')}"\n}\n` +
        `transports: {\n disable = "${others('transports', 'http')}"\n}\n`,
    )
    write(
      'janus.transport.http.jcfg',
      `general: {\n base_path = "/janus"\n http = true\n ip = "127.0.0.1"\n port = ${port}\n}\n`,
    )
    const child = spawn(PROGRAM, ['-F', folder, '-C', path.join(folder, 'janus.jcfg')], { stdio: 'ignore' })
    const janus = new Janus(child, `http://127.0.0.1:${port}/janus`, folder)
    for (let attempt = 0; attempt < 100; attempt++) {
      if (await fetch(`${janus.#url}/info`).catch(() => null)) return janus
      await sleep(100)
    }
    await janus.end()
    return null
  }

  get processId(): number {
    return this.#child.pid!
  }

  /** Connects a leg to its own echo. @returns the answer, SDP. */
  async connect(_room: string, _leg: string, offer: string): Promise<string> {
    const { data: session } = await this.#post('', { janus: 'create' })
    const { data: handle } = await this.#post(`/${session.id}`, { janus: 'attach', plugin: 'janus.plugin.echotest' })
    const jsep = { type: 'offer', sdp: offer }
    await this.#post(`/${session.id}/${handle.id}`, { janus: 'message', body: { audio: true }, jsep })
    for (;;) {
      const event = await this.#get(`/${session.id}?maxev=1`)
      if (!event.jsep) continue
      void this.#keep(session.id)
      return event.jsep.sdp
    }
  }

  async end(): Promise<void> {
    this.#polling.abort()
    this.#child.kill('SIGKILL')
    await this.#ended
    fs.rmSync(this.#folder, { recursive: true })
  }

  /** Takes its events, as a browser would. */
  async #keep(session: number): Promise<void> {
    while (!this.#polling.signal.aborted) await this.#get(`/${session}?maxev=10`).catch(() => this.#polling.abort())
  }

  async #post(where: string, body: object): Promise<Answer> {
    const transaction = Math.random().toString(36)
    const response = await fetch(this.#url + where, { method: 'POST', body: JSON.stringify({ ...body, transaction }) })
    return (await response.json()) as Answer
  }

  async #get(where: string): Promise<Answer> {
    return (await (await fetch(this.#url + where, { signal: this.#polling.signal })).json()) as Answer
  }
}

interface Answer {
  data: { id: number }
  jsep?: { sdp: string }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}
