import { WebSocket } from 'ws'
import type { FromBrowser, FromServer } from '../../client/voice/protocol.ts'
import type { Callers } from '../../voice/testing/callers.ts'

type Message<Type extends FromServer['type']> = Extract<FromServer, { type: Type }>

/** A page without a browser: it can say what no page of ours says. Its audio, if any, is one of `Callers`. */
export class VoicePage {
  readonly socket: WebSocket
  /** What the server has said and nobody has waited for. */
  readonly #said: FromServer[] = []

  private constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/voice`, { headers })
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) this.#said.push(JSON.parse(data.toString()))
    })
    this.socket.on('error', () => {}) // the end of the connection tells as much
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<VoicePage> {
    const page = new VoicePage(url, headers)
    await page.hear('ready')
    return page
  }

  say(message: FromBrowser): void {
    this.socket.send(JSON.stringify(message))
  }

  /** The next message of this type (that passes), whatever else is said before it. `within`: milliseconds. */
  async hear<Type extends FromServer['type']>(
    type: Type,
    passes: (message: Message<Type>) => boolean = () => true,
    within = 20_000,
  ): Promise<Message<Type>> {
    for (const until = performance.now() + within; performance.now() < until; ) {
      const index = this.#said.findIndex(message => message.type === type && passes(message as Message<Type>))
      if (index !== -1) return this.#said.splice(index, 1)[0] as Message<Type>
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    throw new Error(`no ${type} was heard, but ${JSON.stringify(this.#said).slice(0, 2000)}`)
  }

  /** Whether something of this type has been said that nobody has waited for. */
  has = (type: FromServer['type']): boolean => this.#said.some(message => message.type === type)

  /** Connects the audio of a leg. @returns the answer. */
  async connect(callers: Callers, caller: string, leg: string): Promise<string> {
    // When this library offers, the answer may come after the first packets: then it is tried again.
    for (let attempt = 0; attempt < 5; attempt++) {
      this.say({ type: 'offer', leg, sdp: await callers.open(caller) })
      const { sdp } = await this.hear('answer', message => message.leg === leg)
      await callers.answer(caller, sdp)
      if (await callers.connected(caller)) return sdp
      await callers.close(caller)
    }
    throw new Error(`${caller} could not connect.`)
  }

  /** As a page that crashes. */
  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise(resolve => this.socket.once('close', resolve))
    this.socket.terminate()
    await closed
  }
}
