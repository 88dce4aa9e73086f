import type { VoipEvent } from '../contract.ts'

/** `refused`: the server does not take this person's token (any more). */
export type VoipConnection = 'connecting' | 'live' | 'reconnecting' | 'refused'

export interface VoipEventsOptions {
  /** Where Ringside is; the page's own origin unless given. */
  url?: string | undefined
  /** The bearer token of whoever is signed in, asked for anew with every connection. */
  getToken(): Promise<string> | string
  onEvent(event: VoipEvent): void
  /** From here on nothing is missed; what was before has to be asked for. */
  onLive(): void
  onConnection(connection: VoipConnection): void
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 10_000
/** The server says something every 15 seconds: a connection that is silent for longer is dead. */
const SILENCE_MS = 40_000

/**
 * Follows what happens to this person's calls, for ever, through any number of breaks.
 * Server-sent events by `fetch`, because `EventSource` cannot send a token.
 *
 * @returns ends it.
 */
export function followVoipEvents({ url = '', getToken, onEvent, onLive, onConnection }: VoipEventsOptions): () => void {
  const ending = new AbortController()
  let lastId: string | null = null

  async function follow(): Promise<void> {
    onConnection('connecting')
    for (let failures = 0; !ending.signal.aborted; failures++) {
      const outcome = await read(() => {
        failures = 0
        onConnection('live')
      }).catch(() => 'broken' as const)
      if (ending.signal.aborted) return
      if (outcome === 'refused') return onConnection('refused')
      onConnection('reconnecting')
      const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures)
      await pause(wait * (0.5 + Math.random()), ending.signal)
    }
  }

  async function read(live: () => void): Promise<'ended' | 'refused'> {
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), SILENCE_MS)
    try {
      const response = await fetch(`${url}/api/voip/events?recording=true`, {
        headers: {
          authorization: `Bearer ${await getToken()}`,
          ...(lastId !== null && { 'last-event-id': lastId }),
        },
        signal: AbortSignal.any([ending.signal, silence.signal]),
      })
      if (response.status === 401 || response.status === 403) return 'refused'
      if (!response.ok || response.body === null) throw new Error(`the server answered with ${response.status}`)
      for await (const message of messagesOf(response.body)) {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), SILENCE_MS)
        if (message.id !== null) lastId = message.id
        if (message.name === 'connected') {
          live()
          onLive()
        } else if (message.name === 'error') lastId = null
        else if (message.name !== 'heartbeat') onEvent(JSON.parse(message.data) as VoipEvent)
      }
      return 'ended'
    } finally {
      clearTimeout(timer)
      silence.abort()
    }
  }

  void follow()
  return () => ending.abort()
}

interface Message {
  name: string
  id: string | null
  data: string
}

async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const reader = body.pipeThrough(new TextDecoderStream() as never as TransformStream<Uint8Array, string>).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) yield readMessage(block)
  }
}

function readMessage(block: string): Message {
  const message: Message = { name: 'message', id: null, data: '' }
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    const value = line.slice(colon + 1).trimStart()
    if (line.startsWith('event:')) message.name = value
    else if (line.startsWith('id:')) message.id = value
    else if (line.startsWith('data:')) message.data += value
  }
  return message
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done, { once: true })
  })
