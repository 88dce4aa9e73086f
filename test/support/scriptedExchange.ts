import type { BrowserContext, WebSocketRoute } from 'playwright-core'
import type { FromBrowser, FromServer, LineState } from '../../client/voice/protocol.ts'
import type { Engine } from '../../voice/engine.ts'

const LINE: LineState = {
  phase: 'menu',
  queue: null,
  agent: null,
  position: null,
  waitSeconds: null,
  canBeCalledBack: false,
  outcome: null,
}

export type Told<Type extends FromBrowser['type']> = Extract<FromBrowser, { type: Type }>

/**
 * The server's end of a customer's voice socket, as a test wants it: what the call does next is the test's word; the
 * audio is the engine's, where there is one.
 */
export interface ScriptedExchange {
  /** The latest message of this kind. */
  told<Type extends FromBrowser['type']>(type: Type): Told<Type> | undefined
  /** All keys, in order. */
  digits(): string
  line(line: Partial<LineState>): void
  say(message: FromServer): void
  /** How often the page has connected. */
  connections(): number
  /** From now on connections fail. */
  vanish(): Promise<void>
  comeBack(): void
  /** From now on offers of WebRTC are refused, as if no UDP came through. */
  blockUdp(): void
  /** From now on calls are refused, with this code. */
  refuseCalls(code: string): void
}

const LEG = 'line-1'

export async function scriptExchange(
  context: BrowserContext,
  { engine = null, room = 'room' }: { engine?: Engine | null; room?: string } = {},
): Promise<ScriptedExchange> {
  const heard: FromBrowser[] = []
  let page: WebSocketRoute | null = null
  let gone = false
  let udp = true
  let connections = 0
  let refusal: string | null = null
  const say = (message: FromServer) => page?.send(JSON.stringify(message))
  const giveLeg = () => say({ type: 'leg', leg: LEG, ticket: 'secret', callId: 'call-1', as: 'caller' })

  async function answer(message: FromBrowser): Promise<void> {
    switch (message.type) {
      case 'call':
        if (refusal !== null) {
          say({ type: 'refused', leg: null, code: refusal, message: 'The exchange says no.' })
          return
        }
        giveLeg()
        say({ type: 'line', leg: LEG, line: LINE })
        return
      case 'try':
      case 'resume':
        giveLeg()
        return
      case 'offer':
        if (!udp) say({ type: 'refused', leg: LEG, code: 'bad_offer', message: 'No.' })
        else if (engine) say({ type: 'answer', leg: LEG, sdp: await engine.connect(room, LEG, message.sdp) })
        return
      case 'frames': {
        const channel = 7
        const to = page
        await engine?.connectFrames(room, LEG, frame => to?.send(Buffer.concat([Buffer.from([channel]), frame])))
        say({ type: 'frames', leg: LEG, channel })
        return
      }
      case 'hangUp':
        engine?.leave(room, LEG)
        say({ type: 'ended', leg: LEG, reason: 'hung-up' })
        return
      case 'ping':
        say({ type: 'pong' })
    }
  }

  await context.routeWebSocket('**/voice', socket => {
    if (gone) {
      void socket.close({ code: 1013 })
      return
    }
    page = socket
    connections++
    socket.onMessage(data => {
      if (typeof data !== 'string') {
        engine?.frame(room, LEG, data.subarray(1))
        return
      }
      const message = JSON.parse(data) as FromBrowser
      heard.push(message)
      // What is given up for a newer offer is refused, as the server does.
      answer(message).catch(() => say({ type: 'refused', leg: LEG, code: 'not_connected', message: 'No.' }))
    })
    say({ type: 'ready', iceServers: [] })
  })

  return {
    told: <Type extends FromBrowser['type']>(type: Type) =>
      heard.findLast((message): message is Told<Type> => message.type === type),
    digits: () => heard.map(message => (message.type === 'digits' ? message.digits : '')).join(''),
    connections: () => connections,
    line: line => say({ type: 'line', leg: LEG, line: { ...LINE, ...line } }),
    say,
    async vanish() {
      gone = true
      await page?.close({ code: 1012 })
    },
    comeBack() {
      gone = false
    },
    blockUdp() {
      udp = false
    },
    refuseCalls(code) {
      refusal = code
    },
  }
}
