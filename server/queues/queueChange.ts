import { isDeepStrictEqual } from 'node:util'
import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import type * as contract from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { changesBetween } from '../../core/changes.ts'
import { dialling, sayBarred } from '../../core/dialling.ts'
import { type Overflow, type QueueSettings, queueProblems } from '../../core/queue.ts'
import type { Tx } from '../platform/db.ts'
import { conflict, type FieldProblem, invalid, notFound } from '../platform/refusal.ts'
import { findPrompt } from '../prompts/promptStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { readDiallingRules } from '../settings/dialling.ts'
import { countryOf, readPhone } from '../workspaces/country.ts'
import {
  deleteQueue,
  findQueue,
  insertQueue,
  lockQueue,
  queueUses,
  type StoredQueue,
  saveQueue,
  setAgents,
  usualQueue,
} from './queueStore.ts'
import { queueView, settingsOf } from './queueView.ts'

/** What can be given of a queue, as its contract has it. */
export type QueueFields = z.output<NonNullable<(typeof contract.updateQueue)['body']>>

/*
 * Changes to queues, each told in the log. Whoever makes one pokes the center after the commit: what waits may be
 * somebody's now.
 */

/** Adds a queue; what is not given is as usual. Throws a 400 refusal when it could not work like this, a 409 when its name is taken. */
export async function addQueue(tx: Tx, fields: QueueFields & { name: string }, by: Named): Promise<StoredQueue> {
  const usual = usualQueue(newId(), fields.name)
  const plain = { settings: usual, displayName: titleOf(fields.name), agents: [], number: null, waiting: 0 }
  const made = await readQueue(tx, plain, fields)
  await insertQueue(tx, made)
  tx.emit({ type: 'queue.created', queue: { id: usual.id, name: made.displayName }, by })
  tellUsers(tx, await setAgents(tx, usual.id, made.settings.agents), by)
  await bumpSettings(tx)
  return (await findQueue(tx, usual.id))!
}

/** Changes what is given. Throws as {@link addQueue} does, and a 404 refusal when there is no such queue. */
export async function changeQueue(tx: Tx, id: string, fields: QueueFields, by: Named): Promise<StoredQueue> {
  const before = await lockQueue(tx, id)
  if (before === null) throw notFound('queue')
  const after = await readQueue(tx, before, fields)
  const changed = changesOf(before, after)
  if (changed.length === 0) return before
  await saveQueue(tx, after)
  const changes = changesBetween(fieldsOf(before), fieldsOf(after))
  tx.emit({ type: 'queue.updated', queue: { id, name: after.displayName }, changed, changes, by })
  if (changed.includes('agents')) tellUsers(tx, await setAgents(tx, id, after.settings.agents), by)
  await bumpSettings(tx)
  return (await findQueue(tx, id))!
}

/** Throws a 404 refusal when there is no such queue, a 409 with who it is when somebody uses it. */
export async function removeQueue(tx: Tx, id: string, by: Named): Promise<void> {
  const queue = await lockQueue(tx, id)
  if (queue === null) throw notFound('queue')
  const uses = await queueUses(tx, queue)
  if (uses.length > 0) throw conflict('queue_in_use', `This queue is used by ${uses.join(', ')}.`)
  await deleteQueue(tx, id)
  tx.emit({ type: 'queue.deleted', queue: { id, name: queue.displayName }, by })
  await bumpSettings(tx)
}

/** `after-sales` → `After sales`. */
export const titleOf = (name: string): string => (name[0]!.toUpperCase() + name.slice(1)).replaceAll('-', ' ')

/** A queue decides what its agents see: their open connections begin anew, and the log says why. */
function tellUsers(tx: Tx, users: Named[], by: Named): void {
  tx.emit(...users.map(user => ({ type: 'user.updated' as const, user, changed: ['queues'], by })))
}

/** The queue with what is given laid over it. Throws a 400 refusal when it could not work like this. */
async function readQueue(tx: Tx, before: StoredQueue, { agents, ...given }: QueueFields): Promise<StoredQueue> {
  const view = queueView(before)
  const after = { ...view, ...given, agents: agents?.map(id => ({ id, name: '' })) ?? view.agents } as contract.Queue
  const settings = settingsOf(after)
  const problems = [
    ...(await strayAgents(tx, settings)),
    ...(await strayHours(tx, settings)),
    ...(await strayMusic(tx, settings)),
  ]
  // What was set when calls might still go there stays, and is refused when it is dialled: other fields can be changed.
  for (const field of ['overflow', 'afterHours'] as const)
    if (!isDeepStrictEqual(settings[field], before.settings[field]))
      settings[field] = await readTarget(tx, settings, field, problems)
  if (problems.length === 0) problems.push(...queueProblems(settings).map(message => ({ path: '', message })))
  if (problems.length > 0) throw invalid(problems)
  return { ...before, settings, displayName: after.displayName }
}

async function strayAgents(tx: Tx, { agents }: QueueSettings): Promise<FieldProblem[]> {
  const known = await tx.query<{ id: string }>(
    'select id from agents where id = any($1::uuid[]) and retired_at is null',
    [agents],
  )
  const ids = new Set(known.map(agent => agent.id))
  return agents.flatMap((id, index) =>
    ids.has(id) ? [] : [{ path: `agents.${index}`, message: 'There is no such agent.' }],
  )
}

async function strayHours(tx: Tx, { hoursId }: QueueSettings): Promise<FieldProblem[]> {
  if (hoursId === null) return []
  const known = await tx.query('select from business_hours where id = $1', [hoursId])
  return known.length > 0 ? [] : [{ path: 'hoursId', message: 'There are no such business hours.' }]
}

async function strayMusic(tx: Tx, { music }: QueueSettings): Promise<FieldProblem[]> {
  if (!music.startsWith('prompt:')) return []
  const prompt = await findPrompt(tx, music.slice('prompt:'.length))
  return prompt === null ? [{ path: 'music', message: 'There is no such recording.' }] : []
}

/** Where calls go instead, its number in E.164. What is wrong with it is added to the problems. */
async function readTarget(
  tx: Tx,
  settings: QueueSettings,
  field: 'overflow' | 'afterHours',
  problems: FieldProblem[],
): Promise<Overflow> {
  const target = settings[field]
  if (target.type === 'queue') {
    if (target.queueId === settings.id) {
      problems.push({ path: `${field}.queueId`, message: 'A queue cannot lead to itself.' })
    } else if ((await findQueue(tx, target.queueId)) === null) {
      problems.push({ path: `${field}.queueId`, message: 'There is no such queue.' })
    }
  }
  if (target.type !== 'number') return target
  const number = readPhone(target.number, await countryOf(tx))
  const barred = number === null ? null : dialling(number, await readDiallingRules(tx)).barred
  if (number !== null && barred === null) return { type: 'number', number }
  problems.push({ path: `${field}.number`, ...sayBarred(barred ?? { because: 'unreadable' }) })
  return target
}

/** Which fields differ, under the names that the outside knows. */
function changesOf(before: StoredQueue, after: StoredQueue): string[] {
  const was = fieldsOf(before)
  return Object.entries(fieldsOf(after)).flatMap(([field, value]) =>
    isDeepStrictEqual(value, was[field]) ? [] : [field],
  )
}

const fieldsOf = (queue: StoredQueue): Record<string, unknown> => ({
  ...queueView(queue),
  agents: queue.settings.agents,
})
