import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type * as contract from '../client/contract.ts'
import { startServer } from '../server/server.ts'
import { LIVEKIT_KEYS, type LiveKit, startLiveKit } from './support/livekit.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const SECRET = 'the-secret-of-the-portal-0123456789abcdef'

let livekit: LiveKit
let server: TestServer
beforeAll(async () => {
  livekit = await startLiveKit()
  server = await startTestServer({
    SUPABASE_JWT_SECRET: SECRET,
    LIVEKIT_API_URL: livekit.url,
    LIVEKIT_API_KEY: LIVEKIT_KEYS.apiKey,
    LIVEKIT_API_SECRET: LIVEKIT_KEYS.apiSecret,
    LIVEKIT_RECORD: 'true',
  })
  for (const [supabaseUserId, type, firstName] of [
    ['ana', 'CRM_USER', 'Ana'],
    ['carla', 'PORTAL_CUSTOMER', 'Carla'],
  ])
    await server.api('/api/voip/participants', {
      json: { supabaseUserId, type, firstName, lastName: 'Example', email: `${supabaseUserId}@example.com` },
    })
})
afterAll(async () => {
  await server.close()
  await livekit.close()
})
beforeEach(async () => {
  const { current } = await as<{ current: { roomName: string } | null }>('ana', '/api/voip/calls/current')
  if (current !== null) await act('ana', current.roomName, 'end')
  livekit.tells = `${server.url}/api/webhooks/livekit`
  livekit.asked.length = 0
})

async function as<Answer = never>(sub: string, path: string, json?: unknown): Promise<Answer> {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))
  const response = await fetch(server.url + path, {
    ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
    headers: { authorization: `Bearer ${token}`, ...(json !== undefined && { 'content-type': 'application/json' }) },
  })
  return (await response.json()) as Answer
}
const start = () =>
  as<{
    roomName: string
    callerToken: string
    calleeToken: string
    provider: string
    url: string
    recording: contract.VoipRecording | null
  }>('carla', '/api/voip/start-call', { calleeSupabaseId: 'ana', callerName: 'Carla Example' })
const act = (sub: string, roomName: string, what: string) =>
  as<{ token: string; call: contract.VoipCall }>(sub, `/api/voip/calls/${roomName}/${what}`, {})
const says = (roomName: string, choice: contract.RecordingChoice) =>
  as('carla', `/api/voip/calls/${roomName}/recording`, { choice, language: 'en-US' })
const last = async () => (await as<contract.VoipCall[]>('carla', '/api/voip/history'))[0]!
const dueIn = async (roomName: string): Promise<number> => {
  const [row] = await server.app.db.asSystem(sql =>
    sql.query<{ due_at: Date }>('select due_at from voip_calls where room_name = $1', [roomName]),
  )
  return Math.round((row!.due_at.getTime() - Date.now()) / 1000)
}
/** As if the deadline of this call had come while the server was away. */
async function due(roomName: string): Promise<void> {
  await server.app.db.asOwner(sql =>
    sql.query(
      `update voip_calls set due_at = now(), connections = coalesce((
         select jsonb_agg(one || jsonb_build_object('until', now())) from jsonb_array_elements(connections) as one
       ), '[]')
       where room_name = $1`,
      [roomName],
    ),
  )
  const another = await startServer(server.app.config, server.app.db, server.app.log)
  await expect
    .poll(async () => (await last()).status !== 'IN_PROGRESS' || (await dueIn(roomName)) > 10, { timeout: 5000 })
    .toBe(true)
  await another.stop()
}
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())

test('the tokens are LiveKit’s, and let both into the one room', async () => {
  const call = await start()
  expect(call).toMatchObject({ provider: 'livekit', url: livekit.url })
  const { iss, sub, video, name } = claimsOf(call.callerToken)
  expect({ iss, name, video }).toEqual({
    iss: LIVEKIT_KEYS.apiKey,
    name: 'Carla Example',
    video: {
      roomJoin: true,
      room: call.roomName,
      canPublish: true,
      canPublishSources: ['microphone'],
      canSubscribe: true,
      canPublishData: true,
      canUpdateOwnMetadata: false,
    },
  })
  expect(claimsOf(call.calleeToken).sub).not.toBe(sub)
  await livekit.join(call.callerToken)
  const { token } = await act('ana', call.roomName, 'accept')
  await livekit.join(token)
  expect(livekit.inRoom(call.roomName)).toHaveLength(2)
  expect(livekit.asked).toEqual([])
  await says(call.roomName, 'shown')
  await act('ana', call.roomName, 'end')
  expect(livekit.inRoom(call.roomName)).toEqual([])
  expect(livekit.asked).toEqual(['Egress/StartRoomCompositeEgress', 'RoomService/DeleteRoom'])
  expect(await last()).toMatchObject({ status: 'COMPLETED' })
})

describe('before LiveKit records', () => {
  const rules = (settings: object) => server.api('/api/settings/calls', { method: 'PUT', json: settings })
  afterEach(() => rules({ consent_mode: 'announce', recording_enabled: true }))

  async function talk(settings: object) {
    await rules(settings)
    const call = await start()
    await livekit.join(call.callerToken)
    await livekit.join((await act('ana', call.roomName, 'accept')).token)
    return call
  }
  const egress = () => livekit.asked.filter(method => method.startsWith('Egress/'))

  test('the customer is asked, and it ends with a no', async () => {
    const { roomName } = await talk({ consent_mode: 'ask' })
    expect(egress()).toEqual([])
    await says(roomName, 'allow')
    expect(egress()).toEqual(['Egress/StartRoomCompositeEgress'])
    await says(roomName, 'decline')
    await says(roomName, 'allow')
    expect(egress()).toEqual(['Egress/StartRoomCompositeEgress', 'Egress/ListEgress', 'Egress/StopEgress'])
    const { body } = await server.api('/api/calls')
    const call = (body as { items: contract.Call[] }).items.find(({ providerCallId }) => providerCallId === roomName)
    expect(call!.consent).toMatchObject({ how: 'asked', given: false, heard: 'May this call be recorded?' })
  })

  test('what is said before they meet counts once they do', async () => {
    const call = await start()
    await says(call.roomName, 'shown')
    await livekit.join(call.callerToken)
    const { token } = await act('ana', call.roomName, 'accept')
    expect(egress()).toEqual([])
    await livekit.join(token)
    expect(egress()).toEqual(['Egress/StartRoomCompositeEgress'])
  })

  test('nobody has to know where nobody has to, or where nothing is recorded', async () => {
    expect((await talk({ consent_mode: 'none' })).recording).toBeNull()
    expect(egress()).toEqual(['Egress/StartRoomCompositeEgress'])
    await act('ana', (await last()).roomName, 'end')
    livekit.asked.length = 0
    expect((await talk({ recording_enabled: false })).recording).toBeNull()
    expect(egress()).toEqual([])
  })
})

describe('who is there is told by webhook', () => {
  test('who goes is waited for, and the call ends when nobody comes back', async () => {
    const call = await start()
    const carla = await livekit.join(call.callerToken)
    const { token } = await act('ana', call.roomName, 'accept')
    await livekit.join(token)
    expect(await dueIn(call.roomName)).toBeGreaterThan(80)
    await carla.leave()
    expect(await dueIn(call.roomName)).toBeLessThanOrEqual(15)
    await livekit.join(call.callerToken)
    expect(await dueIn(call.roomName)).toBeGreaterThan(80)
    await act('carla', call.roomName, 'end')
  })

  test('twice is once, and not at all where LiveKit did not say it', async () => {
    const call = await start()
    const { token } = await act('ana', call.roomName, 'accept')
    const ana = claimsOf(token).sub
    const news = { event: 'participant_joined', id: 'EV_same', room: { name: call.roomName } }
    const came = { ...news, participant: { sid: 'PA_same', identity: ana } }
    for (const _ of [1, 2]) expect(await livekit.tell(came)).toBe(200)
    expect(await livekit.tell(came, { ...LIVEKIT_KEYS, apiSecret: 'x'.repeat(40) })).toBe(403)
    const [row] = await server.app.db.asOwner(sql =>
      sql.query<{ connections: object[] }>('select connections from voip_calls where room_name = $1', [call.roomName]),
    )
    expect(row!.connections).toEqual([{ id: 'PA_same', side: 'to', gone: false, until: expect.any(String) }])
    await act('ana', call.roomName, 'end')
  })

  test('a recording is the call’s', async () => {
    const call = await start()
    await act('ana', call.roomName, 'accept')
    const egressInfo = { egressId: 'EG_1', roomName: call.roomName, status: 'EGRESS_ACTIVE' }
    expect(await livekit.tell({ event: 'egress_started', id: 'EV_e1', egressInfo })).toBe(200)
    const fileResults = [{ filename: 'a.ogg', location: 's3://bucket/a.ogg', duration: '60000000000' }]
    const ended = { ...egressInfo, status: 'EGRESS_COMPLETE', fileResults }
    expect(await livekit.tell({ event: 'egress_ended', id: 'EV_e2', egressInfo: ended })).toBe(200)
    const [row] = await server.app.db.asOwner(sql =>
      sql.query<{ status: string; url: string; seconds: number }>('select status, url, seconds from recordings'),
    )
    expect(row).toEqual({ status: 'completed', url: 's3://bucket/a.ogg', seconds: 60 })
    await act('ana', call.roomName, 'end')
  })

  test('a telephone that LiveKit brings is a call of its own', async () => {
    const participant = {
      sid: 'PA_sip',
      identity: 'sip_1',
      kind: 'SIP',
      attributes: { 'sip.phoneNumber': '+14155550188' },
    }
    await livekit.tell({ event: 'participant_joined', id: 'EV_s1', room: { name: 'sip-room' }, participant })
    const { body } = await server.api('/api/calls')
    expect((body as { items: contract.Call[] }).items).toContainEqual(
      expect.objectContaining({ provider: 'livekit', providerCallId: 'sip-room', from: '+14155550188' }),
    )
  })
})

describe('where no webhook gets through', () => {
  test('LiveKit is asked who is there before a call is given up', async () => {
    livekit.tells = null
    const call = await start()
    await livekit.join(call.callerToken)
    const { token } = await act('ana', call.roomName, 'accept')
    const ana = await livekit.join(token)
    await due(call.roomName)
    expect(await dueIn(call.roomName)).toBeGreaterThan(80)
    expect(await last()).toMatchObject({ status: 'IN_PROGRESS' })
    expect(livekit.asked).toContain('RoomService/ListParticipants')
    await ana.leave()
    await due(call.roomName)
    expect(await last()).toMatchObject({ status: 'COMPLETED' })
  })
})

test('a supervisor is let in unseen, or to be heard by the agent alone', async () => {
  const call = await start()
  const supervise = (listening: string) =>
    server.api(`/api/voip/calls/${call.roomName}/supervise`, { json: { listening } }) as Promise<{
      status: number
      body: { token: string; heardBy: string[] | null }
    }>
  expect((await supervise('monitor')).status).toBe(409)
  const { token } = await act('ana', call.roomName, 'accept')
  const monitor = await supervise('monitor')
  expect(claimsOf(monitor.body.token).video).toMatchObject({ hidden: true, canPublish: false, room: call.roomName })
  expect(monitor.body.heardBy).toEqual([])
  expect((await supervise('whisper')).body.heardBy).toEqual([claimsOf(token).sub])
  expect((await supervise('barge')).body.heardBy).toBeNull()
  await act('ana', call.roomName, 'end')
})
