import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { v7 as newId } from 'uuid'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CenterEvent } from '../../core/event.ts'
import { type CarrierApi, startCarrierApi } from '../../test/support/carrier.ts'
import { onBothDatabases, type TestDatabase } from '../../test/support/databases.ts'
import { startS3, type TestS3 } from '../../test/support/s3.ts'
import { encodeSound } from '../../voice/sound.ts'
import { createStudio, type Studio } from '../../voice/speech/studio.ts'
import { writeWav } from '../../voice/speech/wav.ts'
import { tone } from '../../voice/tones.ts'
import { type Config, readConfig } from '../config.ts'
import type { Db } from '../platform/db.ts'
import { createEnvelopes, type Envelopes } from '../platform/envelope.ts'
import { createLog } from '../platform/log.ts'
import { DatabaseUnavailable } from '../platform/outage.ts'
import { openStorage, type Storage } from '../platform/storage.ts'
import { furnishWorkspace } from '../workspaces/workspace.ts'
import { type Archive, createArchive } from './archive.ts'
import { AudioGone, readAudio, withAudioFile } from './recordingAudio.ts'
import { recordingFile } from './recordingFile.ts'
import { findRecording, type RecordingChange } from './recordingStore.ts'
import { leaveRecording, tellCompleted } from './testing.ts'

const KEY = { id: 'first', key: randomBytes(32) }
const MINUTES = 60_000
// A thread that draws takes its time to begin where others are busy.
vi.setConfig({ testTimeout: 60_000 })

onBothDatabases('what was recorded is taken into the store', open => {
  let database: TestDatabase
  let studio: Studio
  let s3: TestS3
  let dataDir: string
  let config: Config
  let envelopes: Envelopes
  let workspaceId: string
  let callId: string
  let sound: Buffer
  const archives: Archive[] = []

  beforeAll(async () => {
    ;[database, s3] = await Promise.all([open(), startS3()])
    studio = createStudio()
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-archive-'))
    config = readConfig({ DATA_DIR: dataDir, ...s3.env })
    envelopes = createEnvelopes([KEY])
    const file = path.join(dataDir, 'sound.opus')
    await encodeSound(tone([440], 3, 0.5), file)
    sound = fs.readFileSync(file)
  })
  beforeEach(async () => {
    // A workspace of each test's own: what one leaves behind is not another's work.
    const starter = { name: 'Test', adminEmail: `${newId()}@example.com`, passwordHash: null, supportNumbers: [] }
    workspaceId = (await database.db.asSystem(sql => furnishWorkspace(sql, starter))).workspace.id
    callId = newId()
    await query(
      `insert into calls (workspace_id, id, provider, provider_call_id, control, direction, status, match_state, started_at)
       values ($1, $2, 'builtin', $3, 'ours', 'inbound', 'in-progress', 'withheld', now())`,
      [workspaceId, callId, newId()],
    )
  })
  afterEach(async () => {
    vi.useRealTimers()
    s3.interfere = () => {}
    for (const archive of archives.splice(0)) await halt(archive)
    fs.rmSync(path.join(dataDir, 'recordings'), { recursive: true, force: true })
    s3.objects.clear()
    await database.db.asOwner(sql => sql.query('update recordings set store_due = null'))
  })
  afterAll(async () => {
    await studio?.stop()
    await s3?.close()
    await database?.close()
    fs.rmSync(dataDir, { recursive: true })
  })

  const query = <Row>(text: string, values: unknown[] = []) =>
    database.db.inWorkspace(workspaceId, tx => tx.query<Row>(text, values))
  const means = (storage: Storage = openStorage(config)) => ({
    config,
    db: database.db,
    envelopes,
    storage,
    studio,
    log: createLog('silent'),
  })
  async function begin(storage?: Storage): Promise<Archive> {
    const archive = createArchive(means(storage))
    archives.push(archive)
    await archive.start()
    return archive
  }
  async function halt(archive: Archive): Promise<void> {
    archive.stop()
    await archive.idle()
  }
  const leave = (more: Partial<RecordingChange> = {}, audio: Uint8Array = sound) =>
    leaveRecording({ db: database.db, dataDir, workspaceId, callId }, audio, more)
  const rowOf = async (id: string) =>
    (
      await query<Record<string, unknown> & { store_due: Date | null; store_attempts: number }>(
        'select * from recordings where id = $1',
        [id],
      )
    )[0]!
  const isStored = async (id: string) => (await rowOf(id)).stored_at !== null
  const stored = (id: string) => expect.poll(() => isStored(id), { timeout: 40_000 }).toBe(true)
  const isHere = (id: string) => fs.existsSync(recordingFile(dataDir, workspaceId, id))
  async function heard(id: string, range: { first: number; last: number } | null = null): Promise<Buffer> {
    const recording = await database.db.inWorkspace(workspaceId, tx => findRecording(tx, id))
    const { bytes } = await readAudio(means(), workspaceId, recording!, () => range)
    return Buffer.concat(await bytes.toArray())
  }
  const events = async (type: string) =>
    (await query<{ data: CenterEvent }>('select data from events where type = $1 order by seq', [type])).map(
      ({ data }) => data,
    )

  describe('from its file', () => {
    test('as soon as it is finished: encrypted, drawn, and the file is gone', async () => {
      await begin()
      const id = await leave()
      expect((await heard(id)).equals(sound)).toBe(true)
      await tellCompleted({ db: database.db, workspaceId, callId }, id)
      await stored(id)
      await expect.poll(() => isHere(id)).toBe(false)
      const [object] = [...s3.objects.values()]
      expect(s3.objects.size).toBe(1)
      expect(object!.includes(sound.subarray(100, 150))).toBe(false)
      expect((await heard(id)).equals(sound)).toBe(true)
      expect((await heard(id, { first: 1000, last: 1999 })).equals(sound.subarray(1000, 2000))).toBe(true)
      const row = await rowOf(id)
      expect(row).toMatchObject({ key_id: 'first', store_due: null, store_problem: null, size: String(sound.length) })
      expect((row.peaks as number[][])[0]).toHaveLength(800)
      // It could be heard all the time.
      expect(await events('recording.available')).toEqual([])
    })

    test('also what was there before, and what another process has left', async () => {
      const ids = [await leave(), await leave({ kind: 'voicemail' })]
      await begin()
      for (const id of ids) await stored(id)
    })

    test('not while it is being recorded', async () => {
      const id = await leave({ status: 'in-progress' })
      const archive = await begin()
      await archive.idle()
      expect([await isStored(id), isHere(id)]).toEqual([false, true])
    })

    test('as far as it got, when it has failed', async () => {
      const id = await leave({ status: 'failed', seconds: null }, sound.subarray(0, sound.length - 2000))
      expect(await database.db.inWorkspace(workspaceId, tx => findRecording(tx, id))).toBeNull()
      await begin()
      await stored(id)
      expect((await heard(id)).length).toBe(sound.length - 2000)
      const { seconds, status } = await rowOf(id)
      expect([seconds, status]).toEqual([expect.toSatisfy((n: number) => n >= 1 && n <= 3), 'failed'])
      expect(await events('recording.available')).toMatchObject([{ recordingId: id, of: 'call', call: { id: callId } }])
    })

    test('not when it has failed before anything was said', async () => {
      const id = await leave({ status: 'failed', seconds: null }, Buffer.alloc(0))
      await begin()
      await expect.poll(async () => (await rowOf(id)).store_problem).toBe('Nothing was recorded.')
      await expect.poll(() => isHere(id)).toBe(false)
      expect(s3.objects.size).toBe(0)
    })

    test('also when it cannot be drawn', async () => {
      const id = await leave({}, randomBytes(100_000))
      await begin()
      await stored(id)
      expect([(await rowOf(id)).peaks, (await heard(id)).length]).toEqual([null, 100_000])
    })
  })

  /** Stores that fail once, or for good, at one point; each test goes on with one that works. */
  describe('whatever happens in between: nothing is lost, and nothing left over, when', () => {
    /** Later, another process looks what there is to do. */
    async function takeUpLater(): Promise<void> {
      vi.useFakeTimers({ now: Date.now() + 20 * MINUTES, toFake: ['Date'] })
      await begin()
    }
    async function allIsWell(id: string): Promise<void> {
      await stored(id)
      await expect.poll(() => isHere(id)).toBe(false)
      await expect.poll(async () => (await rowOf(id)).store_due).toBeNull()
      expect((await heard(id)).equals(sound)).toBe(true)
      expect(s3.objects.size).toBe(1)
    }
    /** A storage that does this instead of `put`. */
    const putting = (put: (real: Storage, ...given: Parameters<Storage['put']>) => Promise<void>): Storage => {
      const real = openStorage(config)
      return { ...real, put: (...given) => put(real, ...given) }
    }
    /** A process that dies here never comes back. */
    const death = () => new Promise<never>(() => {})
    async function dying(storage: Storage, reached: Promise<void>): Promise<void> {
      const archive = createArchive(means(storage))
      await archive.start()
      await reached
      archive.stop()
    }
    const moment = () => {
      let happen!: () => void
      return { reached: new Promise<void>(resolve => (happen = resolve)), happen: () => happen() }
    }

    test('a process dies before it has put anything there', async () => {
      const id = await leave()
      const { reached, happen } = moment()
      await dying(
        putting(() => {
          happen()
          return death()
        }),
        reached,
      )
      expect((await heard(id)).equals(sound)).toBe(true)
      await takeUpLater()
      await allIsWell(id)
    })

    test('a process dies once it is there, and nobody knows', async () => {
      const id = await leave()
      const { reached, happen } = moment()
      await dying(
        putting(async (real, ...given) => {
          await real.put(...given)
          happen()
          return death()
        }),
        reached,
      )
      expect([s3.objects.size, await isStored(id), isHere(id)]).toEqual([1, false, true])
      await takeUpLater()
      await allIsWell(id)
    })

    test('a process dies once it is marked, before the file is removed', async () => {
      const id = await leave()
      const file = recordingFile(dataDir, workspaceId, id)
      await begin()
      await stored(id)
      await expect.poll(() => isHere(id)).toBe(false)
      // As it was a moment before.
      fs.writeFileSync(file, sound)
      await begin()
      await allIsWell(id)
    })

    test('a process that was believed dead goes on', async () => {
      const id = await leave()
      const { reached, happen } = moment()
      const { reached: late, happen: goOn } = moment()
      const archive = createArchive(
        means(
          putting(async (real, ...given) => {
            happen()
            await late
            await real.put(...given)
          }),
        ),
      )
      await archive.start()
      await reached
      await takeUpLater()
      await stored(id)
      const { store_key } = await rowOf(id)
      goOn()
      await halt(archive)
      expect((await rowOf(id)).store_key).toBe(store_key)
      await allIsWell(id)
    })

    test('nobody hears that it was marked: the line to the database is cut in that moment', async () => {
      const id = await leave()
      const { db } = database
      let cut = true
      const cutting: Db = {
        ...db,
        inWorkspace: async (workspace, work) => {
          const done = await db.inWorkspace(workspace, work)
          if (cut && (await isStored(id))) {
            cut = false
            throw new DatabaseUnavailable(new Error('cut'))
          }
          return done
        },
      }
      const archive = createArchive({ ...means(), db: cutting })
      await archive.start()
      await archive.idle()
      archive.stop()
      expect([cut, await isStored(id), isHere(id)]).toEqual([false, true, true])
      await takeUpLater()
      await allIsWell(id)
    })

    test('it takes long: whoever is at work keeps it', async () => {
      const id = await leave()
      const { reached, happen } = moment()
      const { reached: late, happen: goOn } = moment()
      vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] })
      const archive = createArchive(
        means(
          putting(async (real, ...given) => {
            happen()
            await late
            await real.put(...given)
          }),
        ),
      )
      await archive.start()
      await reached
      const until = async () => (await rowOf(id)).store_due!.getTime()
      for (let i = 0; i < 4; i++) {
        const before = await until()
        vi.advanceTimersByTime(10_000)
        await expect.poll(until).toBeGreaterThanOrEqual(before + 10_000)
        await (await begin()).idle()
      }
      goOn()
      await archive.idle()
      await allIsWell(id)
      expect((await rowOf(id)).store_attempts).toBe(1)
      archive.stop()
    })

    test('the store refuses it for a while', async () => {
      const id = await leave()
      let refusals = 0
      const archive = await begin(
        putting(async () => {
          refusals += 1
          throw new Error('the bucket is full')
        }),
      )
      await archive.idle()
      expect(refusals).toBe(1)
      const { store_problem, store_due } = await rowOf(id)
      expect([store_problem, store_due!.getTime() > Date.now()]).toEqual(['the bucket is full', true])
      expect((await heard(id)).equals(sound)).toBe(true)
      await halt(archive)
      await takeUpLater()
      await allIsWell(id)
    })

    test('the line to the store is cut in the middle', async () => {
      const id = await leave()
      let cuts = 2
      s3.interfere = method => {
        if (method === 'PUT' && cuts-- > 0) throw new Error('cut')
      }
      const archive = await begin()
      await archive.idle()
      await halt(archive)
      vi.useFakeTimers({ now: Date.now() + MINUTES, toFake: ['Date'] })
      const again = await begin()
      await again.idle()
      await halt(again)
      await takeUpLater()
      await allIsWell(id)
    })

    test('it is deleted while it is put there', async () => {
      const id = await leave()
      const archive = await begin(
        putting(async (real, ...given) => {
          await query('delete from recordings where id = $1', [id])
          await real.put(...given)
        }),
      )
      await archive.idle()
      expect(s3.objects.size).toBe(0)
      // Its file goes as well, though not at once: it may belong to what was not told of yet.
      expect(isHere(id)).toBe(true)
      const old = Date.now() / 1000 - 25 * 3600
      fs.utimesSync(recordingFile(dataDir, workspaceId, id), old, old)
      await (await begin()).idle()
      expect(isHere(id)).toBe(false)
    })

    test('the server stops in the middle of drawing it', async () => {
      const id = await leave()
      const { reached, happen } = moment()
      const slow: Studio = {
        ...studio,
        draw: () =>
          new Promise((_, reject) => {
            happen()
            setTimeout(() => reject(new Error('the studio is closed')), 50)
          }),
      }
      const archive = createArchive({ ...means(), studio: slow })
      await archive.start()
      await reached
      await halt(archive)
      expect([await isStored(id), isHere(id)]).toEqual([false, true])
      await begin()
      await allIsWell(id)
      expect((await rowOf(id)).peaks).not.toBeNull()
    })

    test('two processes take up the same ones', async () => {
      const ids = await Promise.all(Array.from({ length: 8 }, () => leave()))
      await Promise.all([begin(), begin()])
      for (const id of ids) await stored(id)
      await expect.poll(() => ids.some(isHere)).toBe(false)
      expect(s3.objects.size).toBe(8)
      for (const id of ids) expect((await heard(id)).equals(sound)).toBe(true)
    })
  })

  describe('what is not on this machine', () => {
    test('is left to the one that has it', async () => {
      const id = await leave()
      const file = recordingFile(dataDir, workspaceId, id)
      fs.renameSync(file, `${file}.elsewhere`)
      const archive = await begin()
      await archive.idle()
      expect(await rowOf(id)).toMatchObject({ store_attempts: 0, store_problem: null })
      fs.renameSync(`${file}.elsewhere`, file)
      await begin()
      await stored(id)
    })

    test('is not waited for after a day, and taken up all the same when it comes back', async () => {
      const id = await leave()
      const file = recordingFile(dataDir, workspaceId, id)
      fs.renameSync(file, `${file}.elsewhere`)
      vi.useFakeTimers({ now: Date.now() + 25 * 60 * MINUTES, toFake: ['Date'] })
      await begin()
      await expect.poll(async () => (await rowOf(id)).store_due).toBeNull()
      fs.renameSync(`${file}.elsewhere`, file)
      await begin()
      await stored(id)
    })
  })

  describe('from its provider', () => {
    const SID = `AC${'1'.repeat(32)}`
    let carrier: CarrierApi
    let wav: Buffer
    beforeAll(async () => {
      const none = (): never => {
        throw new Error('there are no calls')
      }
      carrier = await startCarrierApi(none, { sid: SID, token: 'carrier-token' })
      wav = Buffer.from(writeWav(Int16Array.from(tone([440], 12, 0.5).filter((_, i) => i % 6 === 0)), 8000))
      config = readConfig({
        ...{
          DATA_DIR: dataDir,
          TWILIO_ACCOUNT_SID: SID,
          TWILIO_AUTH_TOKEN: 'carrier-token',
          TWILIO_API_URL: carrier.url,
        },
        ...s3.env,
      })
    })
    afterAll(async () => {
      config = readConfig({ DATA_DIR: dataDir, ...s3.env })
      await carrier?.close()
    })
    /** A recording that has just been completed there. */
    async function leaveThere(): Promise<string> {
      const id = await leave({
        id: `RE${newId().replaceAll('-', '')}`,
        kind: 'voicemail',
        provider: 'twilio',
        url: 'x',
      })
      fs.rmSync(recordingFile(dataDir, workspaceId, id), { force: true })
      await query('update recordings set url = $2 where id = $1', [
        id,
        `https://api.twilio.com/2010-04-01/Accounts/${SID}/Recordings/${id}`,
      ])
      return id
    }
    const nothingInClear = () => expect(fs.readdirSync(path.join(dataDir, 'recordings', workspaceId))).toEqual([])

    test('with the account’s credentials, byte for byte; whoever waits for it is told', async () => {
      const id = await leaveThere()
      carrier.recordings.set(id, wav)
      expect(await database.db.inWorkspace(workspaceId, tx => findRecording(tx, id))).toBeNull()
      await begin()
      await stored(id)
      expect((await heard(id)).equals(wav)).toBe(true)
      const row = await rowOf(id)
      expect(row).toMatchObject({
        content_type: 'audio/x-wav',
        transcript_due: expect.any(Date),
        url: expect.any(String),
      })
      expect((row.peaks as number[][])[0]).toHaveLength(800)
      expect(await events('recording.available')).toMatchObject([{ recordingId: id, of: 'voicemail' }])
      nothingInClear()
    })

    test('where it has been moved to, which does not learn the credentials', async () => {
      const headers: http.IncomingHttpHeaders[] = []
      const elsewhere = http.createServer((request, response) => {
        headers.push(request.headers)
        response.writeHead(200, { 'content-type': 'audio/x-wav' }).end(wav)
      })
      await new Promise<void>(resolve => elsewhere.listen(0, '127.0.0.1', resolve))
      const { port } = elsewhere.address() as AddressInfo
      const id = await leaveThere()
      carrier.recordings.set(id, new URL(`http://localhost:${port}/somewhere`))
      await begin()
      await stored(id)
      expect(headers.map(({ authorization }) => authorization)).toEqual([undefined])
      elsewhere.closeAllConnections()
      elsewhere.close()
    })

    test('as soon as it is there', async () => {
      const id = await leaveThere()
      const archive = await begin()
      await archive.idle()
      expect(await rowOf(id)).toMatchObject({ store_problem: 'The other side answered with status 404.' })
      await halt(archive)
      nothingInClear()
      carrier.recordings.set(id, wav)
      vi.useFakeTimers({ now: Date.now() + MINUTES, toFake: ['Date'] })
      await begin()
      await stored(id)
    })

    test('once, also when nobody hears that it is there', async () => {
      const id = await leaveThere()
      carrier.recordings.set(id, wav)
      const archive = await begin()
      await archive.idle()
      await halt(archive)
      // As somebody leaves it who is cut off from the database as it commits.
      await query('update recordings set store_due = now() where id = $1', [id])
      carrier.recordings.delete(id)
      await begin()
      await expect.poll(async () => (await rowOf(id)).store_due).toBeNull()
      expect((await heard(id)).equals(wav)).toBe(true)
    })

    test('for a day, and not for ever', async () => {
      const id = await leaveThere()
      vi.useFakeTimers({ now: Date.now() + 25 * 60 * MINUTES, toFake: ['Date'] })
      await begin()
      await expect.poll(async () => (await rowOf(id)).store_due).toBeNull()
      expect(await rowOf(id)).toMatchObject({ stored_at: null, url: expect.any(String) })
    })

    test('not without an account there, until there is one', async () => {
      const id = await leaveThere()
      carrier.recordings.set(id, wav)
      const account = config
      config = readConfig({ DATA_DIR: dataDir, ...s3.env })
      const archive = await begin()
      await archive.idle()
      expect(await rowOf(id)).toMatchObject({ store_attempts: 0, store_due: expect.any(Date) })
      await halt(archive)
      config = account
      await begin()
      await stored(id)
    })
  })

  describe('what was kept', () => {
    test('opens for this recording only', async () => {
      const [one, other] = [await leave(), await leave({}, randomBytes(5000))]
      await begin()
      await stored(one)
      await stored(other)
      await query(
        `update recordings r set store_key = o.store_key, sealed_key = o.sealed_key, size = o.size
         from recordings o where r.id = $1 and o.id = $2`,
        [one, other],
      )
      await expect(heard(one)).rejects.toThrow('not for this purpose')
    })

    test('is no longer anything once somebody has changed it', async () => {
      const id = await leave()
      await begin()
      await stored(id)
      const [[name, object]] = [...s3.objects] as [[string, Buffer]]
      const harmed = Buffer.from(object)
      harmed[50]! ^= 1
      s3.objects.set(name, harmed)
      await expect(heard(id)).rejects.toThrow('not what was put there')
      s3.objects.delete(name)
      await expect(heard(id)).rejects.toThrow(AudioGone)
    })

    test('is a file for as long as somebody works on it', async () => {
      const id = await leave()
      await begin()
      await stored(id)
      await expect.poll(() => isHere(id)).toBe(false)
      const seen = await withAudioFile(means(), workspaceId, id, async (file, contentType) => {
        expect(fs.readFileSync(file).equals(sound)).toBe(true)
        expect(fs.statSync(file).mode & 0o077).toBe(0)
        return { file, contentType }
      })
      expect([seen.contentType, fs.existsSync(seen.file)]).toEqual(['audio/ogg; codecs=opus', false])
    })

    test('is found by whoever had begun to look for its file', async () => {
      const id = await leave()
      const recording = await database.db.inWorkspace(workspaceId, tx => findRecording(tx, id))
      await begin()
      await stored(id)
      await expect.poll(() => isHere(id)).toBe(false)
      const { bytes } = await readAudio(means(), workspaceId, recording!)
      expect(Buffer.concat(await bytes.toArray()).equals(sound)).toBe(true)
    })
  })
})
