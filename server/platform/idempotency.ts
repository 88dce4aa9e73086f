import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { v7 as newId } from 'uuid'
import { z } from 'zod'
import { ErrorBody } from '../../client/contract.ts'
import { personOf } from '../../core/audience.ts'
import type { Principal } from '../../core/role.ts'
import type { App } from '../app.ts'
import type { Db, Tx } from './db.ts'
import { EnvelopeError, type Envelopes } from './envelope.ts'
import { asRefusal, errorBody } from './errors.ts'
import type { Log } from './log.ts'
import { invalid, Refusal } from './refusal.ts'
import type { PassingColumn } from './sealedColumn.ts'

const KEPT_HOURS = 24
/** Renewed while the work goes on: a server that has not done so by then is gone, and the key is free again. */
const LEASE_SECONDS = 60
const SWEEP_MS = 3600_000

/** What is answered again. */
export const ANSWERS: PassingColumn = {
  what: 'idempotentAnswers',
  table: 'idempotent_requests',
  column: 'answer',
  until: 'expires_at',
}

/** What a client chooses: a UUID, or the id of whatever the request is about. */
const IdempotencyKey = z.string().regex(/^[\x20-\x7e]{1,255}$/, 'Up to 255 ASCII characters.')

interface Asking {
  /** Method and path of the operation; the same key means something else for another one. */
  operation: string
  who: Principal
  request: FastifyRequest
  reply: FastifyReply
}

/**
 * Does `work` once for each `Idempotency-Key` that this principal sends to this operation, and gives the first answer
 * again for 24 hours. Requests without the header are simply done.
 *
 * Refusals are answers, too. A fault of ours is none: the key is free again. If the server dies after the work and
 * before its answer is kept, nobody knows that it was done: after a minute the key is free again.
 */
export async function answerOnce<Wire>(
  app: Pick<App, 'db' | 'envelopes'>,
  asking: Asking,
  work: () => Promise<Wire>,
): Promise<Wire> {
  const { operation, who, request, reply } = asking
  const given = request.headers['idempotency-key']
  if (given === undefined) return work()
  const key = IdempotencyKey.safeParse(given)
  if (!key.success) throw invalid([{ path: 'Idempotency-Key', message: key.error.issues[0]!.message }])
  if (request.body instanceof Readable) {
    throw invalid([{ path: 'Idempotency-Key', message: 'A body that is a file cannot be compared with a later one.' }])
  }

  const entry: Entry = { principal: personOf(who), operation, key: key.data, holder: newId() }
  const purpose = purposeOf(who.workspaceId, entry)
  const before = await app.db.inWorkspace(who.workspaceId, tx => claim(tx, entry, hashOf(request)))
  if (before !== null) {
    reply.header('idempotent-replayed', 'true').code(before.status)
    const body = JSON.parse(Buffer.from(app.envelopes.open(before.answer, purpose)).toString())
    if (before.status < 400) return body
    const { code, message, fields } = ErrorBody.parse(body).error
    throw new Refusal(before.status, code, message, fields ? { fields } : {})
  }

  const keep = (status: number, body: unknown) => {
    const answer = app.envelopes.seal(Buffer.from(JSON.stringify(body)), purpose)
    return app.db.inWorkspace(who.workspaceId, tx => settle(tx, entry, status, answer))
  }
  const renewing = setInterval(
    () => void app.db.inWorkspace(who.workspaceId, tx => renew(tx, entry)).catch(() => {}),
    (LEASE_SECONDS * 1000) / 3,
  ).unref()
  let answer: Wire
  try {
    answer = await work()
  } catch (error) {
    const refusal = asRefusal(error)
    if (isFinal(refusal)) await keep(refusal.status, errorBody(refusal))
    // If even this fails, the lease ends by itself.
    else await app.db.inWorkspace(who.workspaceId, tx => release(tx, entry)).catch(() => {})
    throw error
  } finally {
    clearInterval(renewing)
  }
  await keep(reply.statusCode, answer)
  return answer
}

/** What an answer is sealed for: it opens as the answer to nobody else, and to nothing else. */
const purposeOf = (workspaceId: string, { principal, operation, key }: Omit<Entry, 'holder'>): string =>
  `idempotent answer ${workspaceId} ${principal} ${operation} ${key}`

/** Answers that are opened before the next ones are read. */
const BATCH = 200

/**
 * Passes every answer that is kept in this workspace through `rewrite`, which returns the very same one where nothing is
 * to change. Whoever asks again gets the new one. What does not open any more is forgotten.
 */
export async function rewriteAnswers(
  tx: Tx,
  envelopes: Envelopes,
  rewrite: (answer: unknown) => unknown,
): Promise<void> {
  for (let after = ['', '', '']; ; ) {
    const rows = await tx.query<Omit<Entry, 'holder'> & { answer: Uint8Array }>(
      `select principal, operation, key, answer from idempotent_requests
       where answer is not null and (principal, operation, key) > ($1, $2, $3)
       order by principal, operation, key limit $4 for update`,
      [...after, BATCH],
    )
    for (const { answer, ...entry } of rows) {
      const id = [entry.principal, entry.operation, entry.key]
      const here = 'principal = $1 and operation = $2 and key = $3'
      const purpose = purposeOf(tx.workspaceId, entry)
      const before = read(envelopes, answer, purpose)
      if (before === undefined) {
        await tx.query(`delete from idempotent_requests where ${here}`, id)
        continue
      }
      const rewritten = rewrite(before)
      if (rewritten === before) continue
      const sealed = envelopes.seal(Buffer.from(JSON.stringify(rewritten)), purpose)
      await tx.query(`update idempotent_requests set answer = $4 where ${here}`, [...id, sealed])
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < BATCH) return
    after = [last.principal, last.operation, last.key]
  }
}

/** Undefined: it does not open, its key is not here any more. */
function read(envelopes: Envelopes, answer: Uint8Array, purpose: string): unknown {
  try {
    return JSON.parse(Buffer.from(envelopes.open(answer, purpose)).toString())
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined
    throw error
  }
}

/** Not what may well be answered otherwise when it is asked again: our faults, and “not now”. */
const isFinal = ({ status, retryAfter }: Refusal): boolean => status < 500 && retryAfter === null

/** Everything that makes it this request: where it goes, ids and all, and what it carries. */
const hashOf = ({ url, body }: FastifyRequest): Buffer =>
  createHash('sha256')
    .update(`${url}\n${JSON.stringify(body ?? null)}`)
    .digest()

interface Entry {
  principal: string
  operation: string
  key: string
  holder: string
}

/** Null: it is ours to answer. Otherwise the first answer. Throws the 409 or 422 when there is none to give. */
async function claim(
  tx: Tx,
  { principal, operation, key, holder }: Entry,
  hash: Buffer,
): Promise<{ status: number; answer: Uint8Array } | null> {
  const claimed = await tx.query(
    `insert into idempotent_requests as request
       (workspace_id, principal, operation, key, request_hash, holder, lease_until, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7), now() + make_interval(hours => $8))
     on conflict (workspace_id, principal, operation, key) do update
       set request_hash = excluded.request_hash, holder = excluded.holder, lease_until = excluded.lease_until,
         expires_at = excluded.expires_at, status = null, answer = null
       where request.expires_at <= now() or (request.status is null and request.lease_until <= now())
     returning holder`,
    [tx.workspaceId, principal, operation, key, hash, holder, LEASE_SECONDS, KEPT_HOURS],
  )
  if (claimed.length > 0) return null
  const [row] = await tx.query<{ request_hash: Uint8Array; status: number | null; answer: Uint8Array | null }>(
    `select request_hash, status, answer from idempotent_requests
     where principal = $1 and operation = $2 and key = $3`,
    [principal, operation, key],
  )
  if (row && !hash.equals(row.request_hash)) {
    throw new Refusal(
      422,
      'idempotency_key_reused',
      'This idempotency key was used for another request. Take a new one for each thing that is to be done.',
    )
  }
  if (!row || row.status === null || row.answer === null) {
    throw new Refusal(409, 'in_progress', 'The first request with this idempotency key is still being answered.', {
      retryAfter: 1,
    })
  }
  return { status: row.status, answer: row.answer }
}

const renew = (tx: Tx, { principal, operation, key, holder }: Entry) =>
  tx.query(
    `update idempotent_requests set lease_until = now() + make_interval(secs => $5)
     where principal = $1 and operation = $2 and key = $3 and holder = $4`,
    [principal, operation, key, holder, LEASE_SECONDS],
  )

const settle = (tx: Tx, { principal, operation, key, holder }: Entry, status: number, answer: Uint8Array) =>
  tx.query(
    `update idempotent_requests set status = $5, answer = $6
     where principal = $1 and operation = $2 and key = $3 and holder = $4`,
    [principal, operation, key, holder, status, answer],
  )

const release = (tx: Tx, { principal, operation, key, holder }: Entry) =>
  tx.query('delete from idempotent_requests where principal = $1 and operation = $2 and key = $3 and holder = $4', [
    principal,
    operation,
    key,
    holder,
  ])

/** Forgets answers whose 24 hours are over: now and every hour. Returns what ends it. */
export function forgetOldAnswers(db: Db, log: Log): () => void {
  const sweep = () =>
    db
      .asSystem(sql => sql.query('delete from idempotent_requests where expires_at <= now()'))
      .catch(error => log.warn({ err: error }, 'old answers could not be forgotten; they will be'))
  void sweep()
  const timer = setInterval(sweep, SWEEP_MS).unref()
  return () => clearInterval(timer)
}
