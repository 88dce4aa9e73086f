import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { VoipCall, VoipEvent, VoipRecording } from '../contract.ts'
import type { RoomAudio } from './roomAudio.ts'
import { openVoipLine, type VoipLine } from './voipLine.ts'

const CALL: VoipCall = {
  id: '1',
  fromUserId: 'p1',
  toUserId: 'p2',
  fromUserType: 'PORTAL_CUSTOMER',
  toUserType: 'CRM_USER',
  fromName: 'Carla',
  toName: 'Ana',
  fromSupabaseUserId: 'carla',
  toSupabaseUserId: 'ana',
  roomName: 'call-1',
  startedAt: '2026-03-01T10:00:00.000Z',
  answeredAt: null,
  endedAt: null,
  duration: null,
  status: 'RINGING',
}
const ANSWERED: VoipCall = { ...CALL, status: 'IN_PROGRESS', answeredAt: '2026-03-01T10:00:05.000Z' }
const ENDED: VoipCall = { ...ANSWERED, status: 'COMPLETED', endedAt: '2026-03-01T10:01:00.000Z', duration: 60 }
const DECLINED: VoipCall = { ...CALL, status: 'DECLINED', endedAt: '2026-03-01T10:00:04.000Z', duration: 0 }
const EVENTS = '/api/voip/events?recording=true'
const ROOM = { roomName: 'call-1', provider: 'builtin', url: null }

/** The server's half: answers by path, and a stream of events that the test speaks into. */
class Server {
  answers: Record<string, () => unknown> = { '/api/voip/calls/current': () => ({ current: null }) }
  asked: { path: string; authorization: string | null; lastEventId: string | null }[] = []
  #streams: ReadableStreamDefaultController<Uint8Array>[] = []
  #id = 0
  refuses = false

  fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const path = String(input)
    const headers = new Headers(init.headers)
    this.asked.push({ path, authorization: headers.get('authorization'), lastEventId: headers.get('last-event-id') })
    if (path !== EVENTS) return Response.json(await this.answers[path]!())
    if (this.refuses) return Response.json({}, { status: 401 })
    const body = new ReadableStream<Uint8Array>({ start: controller => void this.#streams.push(controller) })
    this.#write('event: connected\nid: 0\ndata: {}\n\n')
    return new Response(body)
  }

  #write(text: string): void {
    this.#streams.at(-1)!.enqueue(new TextEncoder().encode(text))
  }

  /** In two pieces, as the network may cut it. */
  says(type: VoipEvent['type'], call: VoipCall, recording?: VoipRecording): void {
    const text = `event: ${type}\nid: ${++this.#id}\ndata: ${JSON.stringify({ type, call, recording })}\n\n`
    this.#write(text.slice(0, 20))
    this.#write(text.slice(20))
  }

  breaks(): void {
    this.#streams.at(-1)!.error(new Error('the network is gone'))
  }
}

let server: Server
let line: VoipLine
const rooms: { token: string; left: boolean; muted: boolean; out: RoomAudio['state']['out']; changed(): void }[] = []
const entered = () => rooms.map(({ token, left, muted }) => ({ token, left, muted }))
const enter = (room: { token: string }, changed: () => void): RoomAudio => {
  const entered = { token: room.token, left: false, muted: false, out: null, changed }
  rooms.push(entered)
  return {
    get state() {
      return {
        connection: 'connected' as const,
        muted: entered.muted,
        microphone: null,
        silenced: false,
        out: entered.out,
      }
    },
    mute(muted) {
      entered.muted = muted
    },
    leave() {
      entered.left = true
    },
  }
}
const memory = new Map<string, string>()
const storage = {
  getItem: (key: string) => memory.get(key) ?? null,
  setItem: (key: string, value: string) => void memory.set(key, value),
  removeItem: (key: string) => void memory.delete(key),
}

const open = () => {
  line = openVoipLine({ getToken: async () => 'the-token', enter })
}
const status = () =>
  line.state.call && [line.state.call.as, line.state.call.call.status, line.state.call.audio !== null]
const settled = () => new Promise(resolve => setTimeout(resolve, 20))

beforeEach(async () => {
  server = new Server()
  rooms.length = 0
  memory.clear()
  vi.stubGlobal('fetch', server.fetch)
  vi.stubGlobal('sessionStorage', storage)
  open()
  await settled()
})
afterEach(() => {
  line.close()
  vi.unstubAllGlobals()
})

describe('somebody calls', () => {
  beforeEach(async () => {
    server.says('incoming-call', CALL)
    await settled()
  })

  test('it rings, and nothing is heard before it is answered here', async () => {
    expect(server.asked[0]).toEqual({ path: EVENTS, authorization: 'Bearer the-token', lastEventId: null })
    expect(line.state.connection).toBe('live')
    expect(status()).toEqual(['callee', 'RINGING', false])
    server.answers['/api/voip/calls/call-1/accept'] = () => {
      // The event overtakes the answer.
      server.says('call-accepted', ANSWERED)
      return settled().then(() => ({ success: true, ...ROOM, token: 'mine', call: ANSWERED }))
    }
    await line.accept()
    expect(status()).toEqual(['callee', 'IN_PROGRESS', true])
    expect(entered()).toEqual([{ token: 'mine', left: false, muted: false }])
    line.mute(true)
    expect(line.state.call?.call.roomName).toBe('call-1')
    expect(rooms[0]!.muted).toBe(true)
  })

  test('answered on another page of the same person, it stops ringing here', async () => {
    server.says('call-accepted', ANSWERED)
    await settled()
    expect([status(), line.state.ended, rooms]).toEqual([null, null, []])
  })

  test('declined, it is over', async () => {
    server.answers['/api/voip/calls/call-1/decline'] = () => ({ success: true, call: DECLINED })
    await line.decline()
    expect(status()).toBeNull()
  })

  test('and gives up', async () => {
    server.says('call-ended', { ...DECLINED, status: 'MISSED' })
    await settled()
    expect([status(), line.state.ended?.status]).toEqual([null, 'MISSED'])
  })
})

describe('calling somebody', () => {
  const start = { ...ROOM, callerToken: 'mine', calleeToken: 'theirs', call: CALL }

  test('rings there while the microphone is asked for here, and goes on when it is answered', async () => {
    server.answers['/api/voip/start-call'] = () => start
    await line.call('ana', 'Carla')
    expect(status()).toEqual(['caller', 'RINGING', true])
    server.says('call-accepted', ANSWERED)
    await settled()
    expect([status(), entered()]).toEqual([
      ['caller', 'IN_PROGRESS', true],
      [{ token: 'mine', left: false, muted: false }],
    ])
    server.answers['/api/voip/calls/call-1/end'] = () => ({ success: true, call: ENDED })
    await line.hangUp()
    expect([status(), line.state.ended, rooms[0]!.left]).toEqual([null, ENDED, true])
  })

  test('declined before the answer has even come back', async () => {
    server.answers['/api/voip/start-call'] = () => {
      server.says('call-declined', DECLINED)
      return settled().then(() => start)
    }
    await line.call('ana')
    expect([status(), line.state.ended, rooms]).toEqual([null, DECLINED, []])
  })

  test('out of the room though the call lives, it goes back in; but not where another page speaks', async () => {
    server.answers['/api/voip/start-call'] = () => start
    await line.call('ana')
    server.says('call-accepted', ANSWERED)
    server.answers['/api/voip/calls/current'] = () => ({
      current: { ...ROOM, token: 'again', as: 'caller', call: ANSWERED },
    })
    Object.assign(rooms[0]!, { out: 'refused' })
    rooms[0]!.changed()
    await expect.poll(() => entered()).toHaveLength(2)
    expect(entered()).toEqual([
      { token: 'mine', left: true, muted: false },
      { token: 'again', left: false, muted: false },
    ])
    Object.assign(rooms[1]!, { out: 'elsewhere' })
    rooms[1]!.changed()
    expect([status(), line.state.ended]).toEqual([null, null])
  })

  test('refused, says why', async () => {
    const error = { code: 'callee_busy', message: 'Ana is on another call.' }
    vi.stubGlobal('fetch', async () => Response.json({ success: false, error }, { status: 409 }))
    await expect(line.call('ana')).rejects.toMatchObject(error)
    expect(status()).toBeNull()
  })
})

describe('what is to be known about recording', () => {
  const ASKED: VoipRecording = {
    mode: 'ask',
    yours: true,
    words: { en: 'May we?' },
    said: null,
    choices: ['allow', 'decline'],
  }
  const ALLOWED: VoipRecording = { ...ASKED, said: 'allow', choices: ['decline'] }
  const DECLINED: VoipRecording = { ...ASKED, said: 'decline', choices: [] }
  const start = { ...ROOM, callerToken: 'mine', calleeToken: 'theirs', call: CALL, recording: ASKED }
  const path = '/api/voip/calls/call-1/recording'

  test('is there from the start; what the customer chooses is told, and a no is the last word', async () => {
    server.answers['/api/voip/start-call'] = () => start
    await line.call('ana')
    expect(line.state.call?.recording).toEqual(ASKED)
    server.answers[path] = () => ({ success: true, recording: ALLOWED })
    await line.answerRecording('allow', 'en')
    expect(line.state.call?.recording).toEqual(ALLOWED)
    // The event of the no overtakes the answer to the yes.
    server.says('call-recording', CALL, DECLINED)
    await settled()
    await line.answerRecording('allow', 'en')
    expect([line.state.call?.recording, status()]).toEqual([DECLINED, ['caller', 'RINGING', true]])
  })

  test('comes with the answer of the one who is called, or by an event before it', async () => {
    server.says('incoming-call', CALL)
    await settled()
    expect(line.state.call?.recording).toBeNull()
    server.answers['/api/voip/calls/call-1/accept'] = () => {
      server.says('call-recording', ANSWERED, { ...ALLOWED, yours: false })
      return settled().then(() => ({
        success: true,
        ...ROOM,
        token: 'mine',
        call: ANSWERED,
        recording: { ...ASKED, yours: false },
      }))
    }
    await line.accept()
    expect(line.state.call?.recording?.said).toBe('allow')
  })

  test('is nothing of the next call, and nothing where the server is older', async () => {
    server.answers['/api/voip/start-call'] = () => start
    await line.call('ana')
    server.says('call-ended', ENDED)
    await settled()
    server.answers['/api/voip/start-call'] = () => ({
      ...start,
      call: { ...CALL, roomName: 'call-2' },
      roomName: 'call-2',
      recording: undefined,
    })
    await line.call('ana')
    expect(line.state.call?.recording).toBeNull()
  })

  test('an event that is not known here ends nothing', async () => {
    server.answers['/api/voip/start-call'] = () => start
    await line.call('ana')
    server.says('call-painted' as VoipEvent['type'], CALL)
    await settled()
    expect(status()).toEqual(['caller', 'RINGING', true])
  })
})

describe('after a break', () => {
  const current = (call: VoipCall, as: 'caller' | 'callee') => ({ current: { ...ROOM, token: 'again', as, call } })

  test('a reloaded page goes on with its call', async () => {
    server.answers['/api/voip/start-call'] = () => ({ ...ROOM, callerToken: 'mine', calleeToken: 'theirs', call: CALL })
    await line.call('ana')
    line.close()
    server.answers['/api/voip/calls/current'] = () => current(ANSWERED, 'caller')
    open()
    await settled()
    expect(status()).toEqual(['caller', 'IN_PROGRESS', true])
    expect(entered().at(-1)).toEqual({ token: 'again', left: false, muted: false })
  })

  test('another page of the same person leaves it alone', async () => {
    line.close()
    server.answers['/api/voip/calls/current'] = () => current(ANSWERED, 'caller')
    open()
    await settled()
    expect([status(), rooms]).toEqual([null, []])
  })

  test('a call that began meanwhile rings', async () => {
    server.answers['/api/voip/calls/current'] = () => current(CALL, 'callee')
    server.breaks()
    await expect.poll(() => status()).toEqual(['callee', 'RINGING', false])
    expect(server.asked.at(-2)).toMatchObject({ path: EVENTS, lastEventId: '0' })
  })

  test('one that is over is over', async () => {
    server.says('incoming-call', CALL)
    await settled()
    server.breaks()
    await expect.poll(() => status()).toBeNull()
  })

  test('with a token that is good no longer, it says so and asks no more', async () => {
    server.refuses = true
    server.breaks()
    await expect.poll(() => line.state.connection).toBe('refused')
    const asked = server.asked.length
    await settled()
    expect(server.asked).toHaveLength(asked)
  })
})
