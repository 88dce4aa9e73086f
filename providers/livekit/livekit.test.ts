import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Signal } from '../../core/signal.ts'
import { itConforms, webhooksOf } from '../conformance.ts'
import type { Webhook } from '../provider.ts'
import { story as ringcentralStory } from '../ringcentral/story.ts'
import { story as twilioStory } from '../twilio/story.ts'
import { story as vonageStory } from '../vonage/story.ts'
import { createLiveKitApi } from './api.ts'
import { livekit } from './livekit.ts'
import { readRoomNews } from './parse.ts'
import { roomPost, story } from './story.ts'
import { speakerToken, supervisorToken } from './tokens.ts'

const vectors = (name: string) => JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8'))

interface WebhookCase {
  id: string
  note: string
  request: { headers: Record<string, string>; rawBody: string }
  nowSeconds: number
  libraryResult: { valid: boolean }
}
const webhooks: { cases: WebhookCase[] } = vectors('webhooks')
const asWebhook = ({ request, nowSeconds }: WebhookCase): Webhook => ({
  method: 'POST',
  urls: [],
  headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
  body: Buffer.from(request.rawBody),
  receivedAt: nowSeconds * 1000,
})
const vector = (id: string) => asWebhook(webhooks.cases.find(one => one.id === id)!)
const signalsOf = (webhook: Webhook): Signal[] => livekit.parse(webhook).signals

itConforms({ ...story, strangers: [twilioStory, vonageStory, ringcentralStory].flatMap(webhooksOf) })

describe('a webhook is believed exactly when LiveKit’s own receiver believes it', () => {
  test.each(webhooks.cases)('$id: $note', one => {
    expect(livekit.verify(asWebhook(one), story.credentials).valid).toBe(one.libraryResult.valid)
  })
})

test('a telephone in a room is a customer’s leg', () => {
  expect(signalsOf(vector('ok-participant-joined'))).toMatchObject([
    {
      type: 'leg',
      providerCallId: 'call_c_01H',
      providerLegId: 'PA_abc',
      party: 'customer',
      status: 'in-progress',
      from: '+14158675309',
      to: '+18005551212',
      at: '2026-01-01T00:00:00.000Z',
    },
  ])
})

test('a recording that has ended says where it is and how long', () => {
  expect(signalsOf(vector('ok-egress-ended'))).toEqual([
    {
      type: 'recording',
      provider: 'livekit',
      providerCallId: 'call_c_01H',
      recordingId: 'EG_abc',
      of: 'call',
      status: 'completed',
      url: 's3://bucket/rec/c_01H.ogg',
      seconds: 60,
    },
  ])
  const failed = {
    event: 'egress_ended',
    id: 'EV_1',
    egressInfo: { egressId: 'EG_1', roomName: 'r', status: 'EGRESS_FAILED' },
  }
  expect(signalsOf(roomPost(failed))).toMatchObject([{ status: 'absent', url: null, seconds: null }])
})

test.each([[{ kind: 'EGRESS' }], [{ kind: 'AGENT' }], [{ permission: { hidden: true } }]])(
  'whoever is no person on the line is no leg: %j',
  more => {
    const participant = { sid: 'PA_1', identity: 'x', ...more }
    expect(signalsOf(roomPost({ event: 'participant_joined', id: 'EV_1', room: { name: 'r' }, participant }))).toEqual(
      [],
    )
  },
)

test('who comes, who goes, and that the room is gone', () => {
  const news = (event: string, more: object = {}) =>
    readRoomNews(roomPost({ event, id: 'EV_1', room: { name: 'r' }, ...more }))
  const participant = { sid: 'PA_1', identity: 'ana' }
  const stay = { roomName: 'r', connection: 'PA_1', identity: 'ana' }
  expect(news('participant_joined', { participant })).toEqual({ type: 'came', ...stay })
  expect(news('participant_left', { participant })).toEqual({ type: 'left', ...stay })
  expect(news('participant_connection_aborted', { participant })).toEqual({ type: 'left', ...stay })
  expect(news('room_finished')).toEqual({ type: 'finished', roomName: 'r' })
  expect(news('track_published', { participant })).toBeNull()
  expect(readRoomNews(vector('ok-egress-ended'))).toBeNull()
})

describe('what is made with LiveKit’s own package', () => {
  const NOW = vectors('access-tokens').inputs.nowSeconds
  const person = { identity: 'sup:bob', name: 'Bob' }
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  const claimsIn = (id: string) =>
    vectors('access-tokens').cases.find((one: { id: string }) => one.id === id).decoded.payload
  beforeEach(() => void vi.useFakeTimers({ now: NOW * 1000, toFake: ['Date'] }))
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  test('lets a person speak and hear in one room, for an hour', async () => {
    const token = await speakerToken(story.credentials, 'call_c_01H', {
      identity: 'agent:jane',
      name: 'Jane',
      party: 'agent',
    })
    const { video, iss, sub, exp, name, attributes } = claimsOf(token)
    expect({ video, iss, sub, name }).toEqual(
      (({ video, iss, sub, name }) => ({ video, iss, sub, name }))(claimsIn('agent')),
    )
    expect([exp, attributes]).toEqual([NOW + 3600, { party: 'agent' }])
  })

  test('lets a supervisor listen unseen, or speak', async () => {
    const monitor = claimsOf(await supervisorToken(story.credentials, 'call_c_01H', person, 'monitor'))
    expect(monitor.video).toEqual(claimsIn('supervisor-monitor').video)
    const barge = claimsOf(await supervisorToken(story.credentials, 'call_c_01H', person, 'barge'))
    expect(barge.video).toMatchObject(claimsIn('supervisor-barge').video)
  })

  test('asks for what the official requests ask for', async () => {
    const sent: { url: string; body: object; video: object }[] = []
    vi.stubGlobal('fetch', async (url: URL | string, init: RequestInit) => {
      const token = (init.headers as Record<string, string>).Authorization!.slice('Bearer '.length)
      sent.push({ url: String(url), body: JSON.parse(String(init.body)), video: claimsOf(token).video })
      return Response.json({})
    })
    const api = createLiveKitApi('ws://127.0.0.1:7880', story.credentials)
    await api.deleteRoom('call_c_01H')
    await api.listConnections('call_c_01H')
    await api.record('call_c_01H')
    const official = (id: string) => {
      const { url, body, tokenClaims } = vectors('twirp').calls.find((call: { id: string }) => call.id === id)
      return { url, body, video: tokenClaims.video }
    }
    const recording = official('egress-room-composite-audio')
    expect(sent).toEqual([
      official('deleteRoom'),
      official('listParticipants'),
      {
        ...recording,
        body: {
          ...recording.body,
          audioMixing: 'DUAL_CHANNEL_ALTERNATE',
          fileOutputs: [{ fileType: 'OGG', filepath: 'ringside/{room_name}-{time}.ogg' }],
        },
      },
    ])
  })

  test('is content with a room that is gone, and says so when LiveKit cannot be asked', async () => {
    const api = createLiveKitApi('ws://127.0.0.1:7880', story.credentials)
    vi.stubGlobal('fetch', async () => Response.json({ code: 'not_found', msg: 'no such room' }, { status: 404 }))
    await api.deleteRoom('r')
    expect(await api.listConnections('r')).toEqual([])
    vi.stubGlobal('fetch', async () => Response.json({ code: 'unavailable', msg: 'later' }, { status: 503 }))
    expect(await api.listConnections('r')).toBeNull()
    await expect(api.deleteRoom('r')).rejects.toThrow('later')
  })
})
