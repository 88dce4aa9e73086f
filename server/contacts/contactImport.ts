import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type * as contract from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import type { Country } from '../../core/phoneNumber.ts'
import { actorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { asRefusal, errorBody } from '../platform/errors.ts'
import { authorise } from '../platform/http.ts'
import { Refusal, unauthenticated } from '../platform/refusal.ts'
import { countryOf } from '../workspaces/country.ts'
import { importLines } from './contactBatch.ts'
import { type ContactBatch, readContacts } from './contactCsv.ts'
import { watchGrowth } from './growth.ts'

const MAX_BYTES = 100 * 1024 * 1024
const PROGRESS_MS = 250
const MAX_REPORTED = 1000
/** `POST /api/contacts/import`: a CSV file in, what becomes of it out, line by line as it goes. */
export function importRoute(http: FastifyInstance, app: App): void {
  http.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, file, done) => done(null, file))
    scope.post('/api/contacts/import', async (request, reply) => {
      const who = await authorise(app, 'import contacts', request)
      if (who === null) throw unauthenticated()
      // Whatever is still on its way when the answer is done is read and dropped: who sends sees the answer only then.
      reply.raw.once('close', () => request.raw.resume())
      const file = fileOf(request)
      const country = await app.db.inWorkspace(who.workspaceId, countryOf)
      const batches = await readContacts(file, country)
      const { id, name } = actorOf(who)
      const report = importContacts(app, who.workspaceId, { id, name }, country, batches, () => reply.raw.destroyed)
      return reply.type('application/x-ndjson').send(Readable.from(report))
    })
  })
}

/** The body as it comes. Throws the 413 or 415 for what is too large or no CSV. */
function fileOf(request: FastifyRequest): AsyncIterable<Buffer> {
  if (/json|multipart|xml|html|pdf|zip|spreadsheetml/.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'unsupported_media_type', 'Send the CSV file itself as the body (content-type: text/csv).')
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) throw tooLarge()
  return limited((request.body as Readable | undefined) ?? Readable.from([]))
}

async function* limited(file: Readable): AsyncGenerator<Buffer> {
  let bytes = 0
  // Left open when we stop early: closing the request would cut off its answer.
  for await (const chunk of file.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw tooLarge()
    yield chunk
  }
}

const tooLarge = (): Refusal =>
  new Refusal(413, 'too_large', 'The file is too large: 100 MB at most. Send it in parts.')

/**
 * Writes the contacts batch by batch and tells how far it is, one JSON object per line. It stops after the batch in hand
 * when whoever sent the file has `gone`. What has been written stays, and the event log says how much that was.
 */
async function* importContacts(
  app: App,
  workspaceId: string,
  by: Named,
  country: Country,
  batches: AsyncIterable<ContactBatch>,
  gone: () => boolean,
): AsyncGenerator<string> {
  const report: contract.ImportReport = {
    type: 'done',
    success: true,
    imported: 0,
    updated: 0,
    rejected: 0,
    rejections: [],
  }
  let toldAt = Date.now()
  const growth = watchGrowth(app)
  try {
    for await (const { contacts, rejections } of batches) {
      const done = await app.db.inWorkspace(workspaceId, tx => importLines(tx, contacts, country))
      const refused = [...rejections, ...done.rejections].sort((one, other) => one.line - other.line)
      report.imported += done.imported
      report.updated += done.updated
      report.rejected += refused.length
      report.rejections.push(...refused.slice(0, Math.max(0, MAX_REPORTED - report.rejections.length)))
      if (gone()) return
      await growth.grownTo(report.imported)
      if (Date.now() - toldAt >= PROGRESS_MS) {
        toldAt = Date.now()
        yield `${JSON.stringify(progressOf(report))}\n`
      }
      // Calls come first: whatever has arrived meanwhile gets its turn before the next batch.
      await nextTurn()
    }
  } catch (error) {
    if (gone()) return
    // The status line is long gone: the last line of the answer is all that can still say it.
    const refusal = asRefusal(error)
    if (refusal.status >= 500) app.log.error({ err: error }, 'an import of contacts failed')
    const { imported, updated, rejected } = report
    yield `${JSON.stringify({ type: 'failed', ...errorBody(refusal), imported, updated, rejected })}\n`
    return
  } finally {
    await conclude(app, workspaceId, by, report)
    await growth.end()
  }
  yield `${JSON.stringify(report)}\n`
}

const progressOf = (report: contract.ImportReport): z.input<typeof contract.ImportProgress> => ({
  type: 'progress',
  read: report.imported + report.updated + report.rejected,
  imported: report.imported + report.updated,
  rejected: report.rejected,
})

async function conclude(app: App, workspaceId: string, by: Named, report: contract.ImportReport): Promise<void> {
  const taken = report.imported + report.updated
  if (taken === 0) return
  await app.db
    .inWorkspace(workspaceId, async tx =>
      tx.emit({ type: 'contact.imported', imported: taken, rejected: report.rejected, by }),
    )
    .catch(error => app.log.error({ err: error }, 'an import of contacts could not be entered in the event log'))
}
