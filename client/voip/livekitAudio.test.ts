import type { EventEmitter } from 'node:events'
import { DisconnectReason, RoomEvent } from 'livekit-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { enterLiveKit } from './livekitAudio.ts'
import type { RoomAudio } from './roomAudio.ts'

const ROOM = { roomName: 'call-1', provider: 'livekit' as const, url: 'wss://livekit.example', token: 'the-token' }

/** A room that is connected to nothing: what it is asked, and what it says, is the test's. */
const fake = vi.hoisted(() => ({
  connect: vi.fn(async (..._given: string[]) => {}),
  speak: vi.fn(async (_enabled: boolean) => {}),
  disconnect: vi.fn(async () => {}),
  room: null as EventEmitter | null,
}))
vi.mock('livekit-client', async original => {
  const livekit = await original<typeof import('livekit-client')>()
  const { EventEmitter } = await import('node:events')
  class Room extends EventEmitter {
    state = livekit.ConnectionState.Connected
    canPlaybackAudio = true
    connect = fake.connect
    disconnect = fake.disconnect
    localParticipant = { setMicrophoneEnabled: fake.speak }
    constructor() {
      super()
      fake.room = this
    }
  }
  return { ...livekit, Room }
})
let audio: RoomAudio
const changed = vi.fn()
const settled = () => new Promise(resolve => setTimeout(resolve, 0))

beforeEach(() => {
  vi.stubGlobal('document', { addEventListener() {}, removeEventListener() {} })
  audio = enterLiveKit(ROOM, changed)
})
afterEach(() => vi.unstubAllGlobals())

test('connects with the token, speaks, and leaves', async () => {
  await settled()
  expect(fake.connect).toHaveBeenCalledWith(ROOM.url, ROOM.token)
  expect(fake.speak).toHaveBeenLastCalledWith(true)
  expect(audio.state).toMatchObject({ muted: false, microphone: null, silenced: false, out: null })
  audio.leave()
  expect(fake.disconnect).toHaveBeenCalled()
})

test('says why nobody can hear this person', async () => {
  fake.speak.mockRejectedValueOnce(Object.assign(new Error('no'), { name: 'NotAllowedError' }))
  audio = enterLiveKit(ROOM, changed)
  await settled()
  expect(audio.state.microphone).toBe('refused')
})

describe('out of the room', () => {
  test.each([
    [DisconnectReason.DUPLICATE_IDENTITY, 'elsewhere'],
    [DisconnectReason.ROOM_DELETED, 'refused'],
  ])('by reason %s it is %s', async (reason, out) => {
    await settled()
    fake.room!.emit(RoomEvent.Disconnected, reason)
    expect(audio.state.out).toBe(out)
  })

  test('or never let in', async () => {
    fake.connect.mockRejectedValueOnce(new Error('no'))
    audio = enterLiveKit(ROOM, changed)
    await settled()
    expect(audio.state.out).toBe('refused')
  })
})
