import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'

export const TOKEN = 'bench-auth-token'
export const API_KEY = 'bench-operator-key-0123456789abcdef'

export interface Server {
  url: string
  pid: number
  /** CPU seconds, user and system, that the process has used so far. */
  cpu(): number
  end(): Promise<void>
}

/** Starts a program that prints the line “… is ready at URL” and waits for it. */
export async function start(script: string, env: Record<string, string>): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', TOKEN, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stdout!.on('data', chunk => {
      printed += chunk
      const ready = /ready at (\S+)/.exec(printed)
      if (ready) resolve(ready[1]!)
    })
    child.on('exit', code => reject(new Error(`${script} ended with ${code}`)))
  })
  const pid = child.pid!
  return {
    url,
    pid,
    cpu() {
      const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    end: () =>
      new Promise(resolve => {
        child.removeAllListeners('exit')
        child.on('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}

/** A signed Twilio form post about a new call, as bytes ready for the wire. */
export function signedCall(url: string, from: string): { callSid: string; request: Buffer } {
  const callSid = `CA${randomBytes(16).toString('hex')}`
  const fields: Record<string, string> = {
    AccountSid: 'AC00000000000000000000000000000001',
    ApiVersion: '2010-04-01',
    CallSid: callSid,
    CallStatus: 'ringing',
    Called: '+12025550100',
    Caller: from,
    Direction: 'inbound',
    From: from,
    FromCity: 'SAN FRANCISCO',
    FromCountry: 'US',
    FromState: 'CA',
    FromZip: '94105',
    To: '+12025550100',
    ToCountry: 'US',
  }
  const address = `${url}/api/webhooks/call/incoming`
  const signature = createHmac('sha1', TOKEN)
    .update(
      Object.keys(fields)
        .sort()
        .reduce((text, name) => text + name + fields[name], address),
    )
    .digest('base64')
  const body = new URLSearchParams(fields).toString()
  const request = Buffer.from(
    `POST /api/webhooks/call/incoming HTTP/1.1\r\nhost: ${new URL(url).host}\r\nx-twilio-signature: ${signature}\r\n` +
      `content-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  return { callSid, request }
}

export const randomCaller = (): string => `+1415555${String(Math.floor(Math.random() * 10_000)).padStart(4, '0')}`

/** A keep-alive connection that sends one request after the other and only counts what comes back. */
export class Wire {
  readonly #socket: net.Socket
  #pending: ((status: number) => void) | null = null
  #received: Buffer = Buffer.alloc(0)

  private constructor(socket: net.Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', chunk => this.#read(chunk))
    socket.on('error', () => {})
  }

  static open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), hostname, () => resolve(new Wire(socket)))
      socket.once('error', reject)
    })
  }

  /** @returns the status of the answer. */
  send(request: Buffer): Promise<number> {
    return new Promise(resolve => {
      this.#pending = resolve
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end === -1) return
    const head = this.#received.toString('latin1', 0, end)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#received.length < end + 4 + length) return
    this.#received = this.#received.subarray(end + 4 + length)
    const done = this.#pending
    this.#pending = null
    done?.(Number(head.slice(9, 12)))
  }
}

export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: number[]): number => quantile(values, 0.5)
export const ms = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0))
export const sleep = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

export function table(rows: string[][]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
  }
  console.log()
}
