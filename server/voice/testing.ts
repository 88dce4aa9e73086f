import { WebSocket } from 'ws'
import type { FromBrowser, FromServer, LineState } from '../../client/voice/protocol.ts'

export type Message<Type extends FromServer['type']> = Extract<FromServer, { type: Type }>

/** A browser page, as far as the server can tell. */
export class TestPage {
  readonly socket: WebSocket
  /** All that the server has said and nobody has waited for. */
  private said: FromServer[] = []
  private waiting: (() => void)[] = []
  readonly frames: Buffer[] = []

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/voice`, { headers })
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.frames.push(data)
      else this.said.push(JSON.parse(data.toString()))
      for (const wake of this.waiting.splice(0)) wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      for (const wake of this.waiting.splice(0)) wake()
    })
  }

  say(message: FromBrowser): void {
    this.socket.send(JSON.stringify(message))
  }

  /** The next message of this type (that passes), whatever else is said before it. */
  async hear<Type extends FromServer['type']>(
    type: Type,
    passes: (message: Message<Type>) => boolean = () => true,
  ): Promise<Message<Type>> {
    for (const until = Date.now() + 5000; Date.now() < until; ) {
      const index = this.said.findIndex(message => message.type === type && passes(message as Message<Type>))
      if (index !== -1) return this.said.splice(index, 1)[0] as Message<Type>
      await new Promise<void>(resolve => {
        this.waiting.push(resolve)
        setTimeout(resolve, 100)
      })
    }
    throw new Error(`no ${type} was heard, but ${JSON.stringify(this.said)}`)
  }

  /** What was said of the line last. */
  line = async (phase: LineState['phase']): Promise<LineState> =>
    (await this.hear('line', ({ line }) => line.phase === phase)).line

  /** Whether something of this type has been said. */
  has = (type: FromServer['type']): boolean => this.said.some(message => message.type === type)

  async connect(leg: string): Promise<void> {
    this.say({ type: 'offer', leg, sdp: 'offer' })
    await this.hear('answer', message => message.leg === leg)
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise(resolve => this.socket.once('close', resolve))
    this.socket.terminate()
    await closed
  }
}
