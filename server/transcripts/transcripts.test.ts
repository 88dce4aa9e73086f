import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { v7 as newId } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { told } from '../../core/call.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { findCall } from '../calls/callStore.ts'
import { recordingFile } from '../recordings/recordingFile.ts'
import { keepRecordings } from '../recordings/recordingStore.ts'
import { keepVoicemails } from '../voicemails/voicemailStore.ts'
import { findOldestWorkspace } from '../workspaces/workspaceStore.ts'

onBothDatabases('transcripts', open => {
  let endpoint: http.Server
  let answer: (response: http.ServerResponse) => void
  let asked: number
  let dataDir: string
  let database: TestDatabase
  let server: TestServer | undefined
  let workspaceId: string

  beforeAll(async () => {
    endpoint = http.createServer((request, response) => {
      asked++
      request.resume().on('end', () => answer(response))
    })
    await new Promise<void>(resolve => endpoint.listen(0, '127.0.0.1', resolve))
    database = await open()
  })
  afterAll(async () => {
    endpoint.closeAllConnections()
    endpoint.close()
    await database.close()
  })
  beforeEach(() => {
    asked = 0
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-transcripts-'))
    answer = response => response.end(JSON.stringify({ text: 'Hello, this is Ana.' }))
  })
  afterEach(async () => {
    await stop()
    fs.rmSync(dataDir, { recursive: true })
  })

  async function start(env: Record<string, string> = {}): Promise<TestServer> {
    const { port } = endpoint.address() as AddressInfo
    server = await startTestServer(
      { DATA_DIR: dataDir, TRANSCRIPTION_URL: `http://127.0.0.1:${port}`, ...env },
      async () => ({ ...database, close: async () => {} }),
    )
    workspaceId = (await database.db.asSystem(findOldestWorkspace))!
    return server
  }
  async function stop(): Promise<void> {
    await server?.close()
    server = undefined
  }

  const inWorkspace: TestServer['app']['db']['inWorkspace'] = (id, work) => database.db.inWorkspace(id, work)

  /** A call whose recording has just been finished, on this machine. */
  async function record(of: 'call' | 'voicemail' = 'call'): Promise<{ callId: string; recordingId: string }> {
    const logged = await server!.api('/api/admin/customer-service/calls', {
      json: { customerPhone: '+14155550101', direction: 'inbound' },
    })
    const callId = (logged.body as { call: contract.Call }).call.id
    const recordingId = newId()
    const file = recordingFile(dataDir, workspaceId, recordingId)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, 'what was said')
    await inWorkspace(workspaceId, async tx => {
      const told_ = told((await findCall(tx, callId))!.call)
      const recording = { id: recordingId, callId, kind: of, provider: 'builtin', url: null, seconds: 12 }
      await keepRecordings(tx, [{ ...recording, status: 'completed' }])
      if (of === 'voicemail') {
        const [queue] = await tx.query<{ id: string }>('select id from queues limit 1')
        const voicemail = { id: newId(), callId, queueId: queue!.id, recordingId, url: '', seconds: 12, leftAt: tx.now }
        await keepVoicemails(tx, [voicemail])
      }
      tx.emit({ type: 'recording.completed', recordingId, call: told_, of, seconds: 12 })
    })
    return { callId, recordingId }
  }

  const detailsOf = async (callId: string) =>
    (await server!.api(`/api/calls/${callId}`)).body as unknown as contract.CallDetails
  const written = (callId: string) =>
    vi.waitFor(
      async () => {
        const { recordings, events } = await detailsOf(callId)
        expect(events.map(({ type }) => type)).toContain('recording.transcribed')
        return recordings
      },
      { timeout: 10_000 },
    )
  const failedOnce = () => expect.poll(() => asked).toBe(1)

  test('what was said in a call stands at its recording', async () => {
    await start()
    const { callId, recordingId } = await record()
    expect(await written(callId)).toMatchObject([
      { id: recordingId, transcript: 'Hello, this is Ana.', transcriptProblem: null },
    ])
    expect(asked).toBe(1)
  })

  test('what was said in a message stands at the message', async () => {
    await start()
    const { callId } = await record('voicemail')
    await written(callId)
    const { body } = await server!.api('/api/voicemails')
    const { items } = body as unknown as { items: contract.Voicemail[] }
    expect(items.find(({ call }) => call.id === callId)).toMatchObject({ transcript: 'Hello, this is Ana.' })
  })

  test('one after the other, all of them', async () => {
    await start()
    let atOnce = 0
    let most = 0
    answer = response => {
      most = Math.max(most, ++atOnce)
      setTimeout(() => {
        atOnce--
        response.end(JSON.stringify({ text: 'Yes.' }))
      }, 20)
    }
    const recorded = await Promise.all(Array.from({ length: 5 }, () => record()))
    for (const { callId } of recorded) await written(callId)
    expect([asked, most]).toEqual([5, 1])
  })

  test('an endpoint that fails is asked again, also by the next process', async () => {
    answer = response => response.writeHead(503).end()
    await start()
    const { callId } = await record()
    await failedOnce()
    await stop()
    answer = response => response.end(JSON.stringify({ text: 'At last.' }))
    // Not before its time, unless it has come.
    await inWorkspace(workspaceId, tx =>
      tx.query('update recordings set transcript_due = now() where transcript_due > now()'),
    )
    await start()
    expect(await written(callId)).toMatchObject([{ transcript: 'At last.' }])
  })

  test('whoever stops gives back what it has begun, and does not wait for it', async () => {
    answer = () => {}
    await start()
    const { callId } = await record()
    await failedOnce()
    await stop()
    answer = response => response.end(JSON.stringify({ text: 'The whole of it.' }))
    await start()
    expect(await written(callId)).toMatchObject([{ transcript: 'The whole of it.' }])
  })

  test('what cannot be written down says why, and is not tried again', async () => {
    answer = response => response.writeHead(400).end()
    await start()
    const { callId } = await record()
    await expect
      .poll(async () => (await detailsOf(callId)).recordings)
      .toMatchObject([{ transcript: null, transcriptProblem: 'the transcription endpoint refused it with 400' }])
    await stop()
    await start()
    expect(asked).toBe(1)
  })

  test('without an endpoint nothing is written down, and what is old stays as it is when there is one', async () => {
    await start({ TRANSCRIPTION_URL: '' })
    const { callId, recordingId } = await record()
    await stop()
    await inWorkspace(workspaceId, tx =>
      tx.query("update recordings set completed_at = now() - interval '26 hours' where id = $1", [recordingId]),
    )
    await start()
    const newer = await record()
    await written(newer.callId)
    expect((await detailsOf(callId)).recordings).toMatchObject([{ transcript: null, transcriptProblem: null }])
    expect(asked).toBe(1)
  })
})
