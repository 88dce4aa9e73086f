import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { onBothDatabases } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { recordingFile } from './recordingFile.ts'
import { recordingLink } from './recordingLink.ts'
import { leaveRecording } from './testing.ts'

const AUDIO = randomBytes(200_000)

onBothDatabases('a signed link to a recording', open => {
  let server: TestServer
  let dataDir: string
  let workspaceId: string
  let callId: string
  let id: string
  beforeAll(async () => {
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-links-'))
    server = await startTestServer({ DATA_DIR: dataDir }, open)
    const [row] = await server.app.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces'))
    workspaceId = row!.id
    const { body } = await server.api('/api/admin/customer-service/calls', {
      json: { customerPhone: '+12025550143', direction: 'inbound' },
    })
    callId = (body as { call: contract.Call }).call.id
  })
  afterAll(async () => {
    await server?.close()
    fs.rmSync(dataDir, { recursive: true })
  })
  beforeEach(async () => {
    id = await leaveRecording({ db: server.app.db, dataDir, workspaceId, callId }, AUDIO)
  })
  afterEach(() => void vi.useRealTimers())

  const link = async () => new URL((await recordingLink(server.app, workspaceId, id)).url)
  const heard = async () => {
    const { body } = await server.api('/api/activity?type=recording.heard')
    return (body as { items: { recordingId: string; by: unknown }[] }).items.filter(event => event.recordingId === id)
  }
  const refusal = async (url: URL) => {
    const response = await fetch(url)
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code]
  }

  test('is heard without credentials, and saved under a name', async () => {
    const { url, expiresAt } = await recordingLink(server.app, workspaceId, id)
    expect(expiresAt.getTime() / 1000).toBeCloseTo(Date.now() / 1000 + 3600, -1)
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer()).equals(AUDIO)).toBe(true)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'content-disposition': `attachment; filename="call-${new Date().toISOString().slice(0, 10)}-${id}.ogg"`,
      'content-type': 'audio/ogg; codecs=opus',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    })
  })

  test('is heard in parts', async () => {
    const response = await fetch(await link(), { headers: { range: 'bytes=65530-65999' } })
    expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 65530-65999/200000'])
    expect(Buffer.from(await response.arrayBuffer()).equals(AUDIO.subarray(65_530, 66_000))).toBe(true)
  })

  describe('is refused', () => {
    test('after an hour', async () => {
      const url = await link()
      vi.useFakeTimers({ now: Date.now() + 3599_000, toFake: ['Date'] })
      expect((await fetch(url)).status).toBe(200)
      vi.setSystemTime(Date.now() + 2000)
      expect(await refusal(url)).toEqual([410, 'link_expired'])
    })

    test.each<[string, (url: URL) => void]>([
      ['another expiry', url => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1))],
      ['no expiry', url => url.searchParams.delete('expires')],
      ['an expiry that is no time', url => url.searchParams.set('expires', 'never')],
      ['two expiries', url => url.searchParams.append('expires', '9999999999')],
      ['no signature', url => url.searchParams.delete('signature')],
      ['half a signature', url => url.searchParams.set('signature', url.searchParams.get('signature')!.slice(0, 20))],
      ['a signature of others', url => url.searchParams.set('signature', randomBytes(32).toString('base64url'))],
    ])('with %s', async (_, forge) => {
      const url = await link()
      forge(url)
      expect(await refusal(url)).toEqual([403, 'link_invalid'])
    })

    test('for another recording, and for another workspace', async () => {
      const url = await link()
      const other = await leaveRecording({ db: server.app.db, dataDir, workspaceId, callId }, AUDIO)
      const path = url.pathname
      url.pathname = path.replace(id, other)
      expect(await refusal(url)).toEqual([403, 'link_invalid'])
      url.pathname = path.replace(workspaceId, other)
      expect(await refusal(url)).toEqual([403, 'link_invalid'])
    })

    test('for what is not there any more', async () => {
      const url = await link()
      await server.app.db.inWorkspace(workspaceId, tx => tx.query('delete from recordings where id = $1', [id]))
      expect(await refusal(url)).toEqual([404, 'not_found'])
    })

    test('for audio that is on another machine', async () => {
      const url = await link()
      fs.rmSync(recordingFile(dataDir, workspaceId, id))
      expect(await refusal(url)).toEqual([404, 'recording_gone'])
      expect(await heard()).toEqual([])
    })
  })

  describe('tells the log', () => {
    test('once, however many parts are asked for', async () => {
      const url = await link()
      await Promise.all(
        [0, 1000, 2000, 3000].map(from => fetch(url, { headers: { range: `bytes=${from}-${from + 999}` } })),
      )
      expect(await heard()).toMatchObject([{ by: null }])
    })

    test('of each download, by the same link, too', async () => {
      const url = await link()
      for (let i = 1; i <= 3; i++) {
        await (await fetch(url)).arrayBuffer()
        expect(await heard()).toHaveLength(i)
      }
    })

    test('once for each link', async () => {
      const url = await link()
      await fetch(url)
      vi.useFakeTimers({ now: Date.now() + 5000, toFake: ['Date'] })
      await fetch(await link())
      expect(await heard()).toHaveLength(2)
    })

    test('again when somebody listens again later', async () => {
      const url = await link()
      const listen = () => fetch(url, { headers: { range: 'bytes=0-' } })
      await listen()
      vi.useFakeTimers({ now: Date.now() + 9 * 60_000, toFake: ['Date'] })
      await listen()
      expect(await heard()).toHaveLength(1)
      vi.setSystemTime(Date.now() + 2 * 60_000)
      await listen()
      expect(await heard()).toHaveLength(2)
    })

    test('nothing of who only asks whether it is there', async () => {
      expect((await fetch(await link(), { method: 'HEAD' })).status).toBe(200)
      expect(await heard()).toEqual([])
    })

    test('by name for those who have credentials', async () => {
      const cookie = await server.signIn()
      const audio = `${server.url}/api/recordings/${id}/audio`
      expect((await fetch(audio, { headers: { cookie } })).status).toBe(200)
      expect((await fetch(audio, { headers: { cookie, range: 'bytes=0-9' } })).status).toBe(206)
      await server.api(`/api/recordings/${id}/audio`)
      expect((await heard()).map(({ by }) => (by as { name: string }).name)).toEqual(['Operator', 'Admin'])
    })
  })
})
