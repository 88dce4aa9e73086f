import { isDeepStrictEqual } from 'node:util'
import type { CrmDepartment } from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { changesBetween } from '../../core/changes.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import {
  deleteHours,
  freeName,
  hoursUses,
  insertHours,
  lockHours,
  type StoredHours,
  updateHours,
} from '../hours/hoursStore.ts'
import { CRM_PATHS, mustWork } from '../hours/mustWork.ts'
import type { Tx } from '../platform/db.ts'
import { conflict, type FieldProblem, invalid, notFound, Refusal } from '../platform/refusal.ts'
import { addQueue, changeQueue, removeQueue } from '../queues/queueChange.ts'
import { findQueue, findQueueIds, lockQueue, type StoredQueue, usualQueue } from '../queues/queueStore.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { countryOf } from '../workspaces/country.ts'
import { insertNumber, updateNumber } from '../workspaces/numberStore.ts'
import { STARTER_QUEUES } from '../workspaces/workspace.ts'
import { afterHoursOf, type DepartmentFields, departmentView, queueFieldsOf, weeklyOf } from './department.ts'
import { loadDepartmentFacts, lockOwnHours, saveOwnHours } from './departmentStore.ts'

/*
 * A department is a queue, its business hours and a number that leads straight to it: changed together or not at all.
 */

/**
 * Adds a department, or sets up one that every center begins with and that nobody has touched: whoever follows the
 * instructions finds nothing in the way. Throws a 409 refusal for a name that is taken otherwise.
 */
export async function addDepartment(
  tx: Tx,
  given: DepartmentFields & { name: string },
  base: string,
  by: Named,
): Promise<string> {
  const { name } = given
  const known = await findByName(tx, name)
  if (known !== null && !isUntouched(known)) {
    const { id } = known.settings
    throw conflict('name_taken', `There is a department “${name}” already. Change it by PUT, with its queue_id ${id}.`)
  }
  const { id } = (known ?? (await addQueue(tx, { name }, by))).settings
  await changeDepartment(tx, id, given, base, by)
  return id
}

async function findByName(tx: Tx, name: string): Promise<StoredQueue | null> {
  const [id = null] = await findQueueIds(tx, [name])
  const queue = id === null ? null : await lockQueue(tx, id)
  return queue?.settings.name === name ? queue : null
}

const isUntouched = ({ settings, displayName, number }: StoredQueue): boolean =>
  number === null &&
  STARTER_QUEUES.some(({ name, ...starter }) => name === settings.name && starter.displayName === displayName) &&
  isDeepStrictEqual({ ...settings, agents: [] }, usualQueue(settings.id, settings.name))

/**
 * Changes what is given; what is given as it is shown is as it was, so that a department may be sent back whole.
 *
 * @param base see {@link departmentView}.
 */
export async function changeDepartment(
  tx: Tx,
  id: string,
  given: DepartmentFields,
  base: string,
  by: Named,
): Promise<void> {
  const before = await lockQueue(tx, id)
  if (before === null) throw notFound('department')
  const shown = departmentView(before, await loadDepartmentFacts(tx), base)
  const news = Object.fromEntries(
    Object.entries(given).filter(([field, value]) => !isDeepStrictEqual(value, shown[field as keyof CrmDepartment])),
  ) as DepartmentFields
  if (news.music_url != null && !news.music_url.startsWith('https:'))
    throw invalid([{ path: 'music_url', message: 'An address that begins with https is needed.' }])

  const hoursId = await changeHours(tx, before, shown, news, by)
  const fields = queueFieldsOf(news, afterHoursIn(news, shown))
  if (hoursId !== undefined) fields.hoursId = hoursId
  await changeQueue(tx, id, fields, by).catch(inOurWords)
  if (hoursId === null) await removeHours(tx, await lockOwnHours(tx, id), by)
  if (news.phone_number !== undefined) await leadNumber(tx, before, news.phone_number, by)
}

/** Its numbers lead to it no longer. Throws a 404 or 409 refusal as `removeQueue` does. */
export async function removeDepartment(tx: Tx, id: string, by: Named): Promise<void> {
  if ((await lockQueue(tx, id)) === null) throw notFound('department')
  // One is shown at a time.
  while (await leadNumber(tx, (await findQueue(tx, id))!, null, by));
  const hours = await lockOwnHours(tx, id)
  await removeQueue(tx, id, by)
  await removeHours(tx, hours, by)
}

/** Where calls go after hours from now on; undefined: as before. Throws a 400 refusal for an action without its target. */
function afterHoursIn(news: DepartmentFields, shown: CrmDepartment) {
  if (news.after_hours_action === undefined && news.after_hours_target === undefined) return undefined
  const overflow = afterHoursOf(news.after_hours_action ?? shown.after_hours_action, news.after_hours_target ?? null)
  if ('path' in overflow) throw invalid([overflow])
  return overflow
}

const FIELDS: [queueField: RegExp, field: string][] = [
  [/^afterHours/, 'after_hours_target'],
  [/^music/, 'music_url'],
  [/^agents/, 'agent_ids'],
]

/** What is wrong with the queue, under the names that a department's fields have. */
function inOurWords(error: unknown): never {
  if (!(error instanceof Refusal) || error.fields.length === 0) throw error
  throw invalid(
    error.fields.map((problem): FieldProblem => {
      const field = FIELDS.find(([pattern]) => pattern.test(problem.path))?.[1]
      return { ...problem, path: field ?? problem.path }
    }),
  )
}

// Business hours

/** What hours of its own are called until somebody calls them otherwise. */
const nameOfOwn = (department: string): string => `Department ${department}`

/** @returns the hours that it keeps from now on, null for none; undefined: as before. */
async function changeHours(
  tx: Tx,
  { settings }: StoredQueue,
  shown: CrmDepartment,
  news: DepartmentFields,
  by: Named,
): Promise<string | null | undefined> {
  const openings = news.business_hours === undefined ? shown.business_hours : news.business_hours
  const weekly = weeklyOf(openings ?? {})
  if (weekly.length === 0) {
    if (news.time_zone !== undefined)
      throw invalid([{ path: 'time_zone', message: 'Without business hours there is no time zone to keep.' }])
    return news.business_hours === undefined ? undefined : null
  }
  const own = await lockOwnHours(tx, settings.id)
  const keepsOwn = own !== null && own.id === settings.hoursId
  const followsName = news.name !== undefined && keepsOwn && own.name === nameOfOwn(settings.name)
  if (news.business_hours === undefined && news.time_zone === undefined && !followsName) return undefined
  const kept = settings.hoursId === null ? null : await lockHours(tx, settings.hoursId)
  const name = own === null || followsName ? await freeName(tx, nameOfOwn(news.name ?? shown.name)) : own.name
  const { exceptions } = kept ?? own ?? { exceptions: [] }
  const hours = { name, timeZone: news.time_zone ?? shown.time_zone, weekly, exceptions }
  mustWork(hours, CRM_PATHS)
  const { id } = own ?? (await insertHours(tx, hours))
  if (own === null) await saveOwnHours(tx, settings.id, id)
  else await updateHours(tx, { ...hours, id })
  tx.emit({ type: own === null ? 'hours.created' : 'hours.updated', hours: { id, name }, by })
  await bumpSettings(tx)
  return id
}

/** Unless something else has come to ask them. */
async function removeHours(tx: Tx, hours: StoredHours | null, by: Named): Promise<void> {
  if (hours === null || (await hoursUses(tx, hours)).length > 0) return
  await deleteHours(tx, hours.id)
  tx.emit({ type: 'hours.deleted', hours: { id: hours.id, name: hours.name }, by })
}

// The number

/**
 * From now on this number leads straight to the department, and the one that is shown no longer does. A number that is no
 * possible one is taken as it is written: calls to it can come all the same. Throws a 409 refusal for a number of
 * another workspace.
 *
 * @returns whether a number has been taken off.
 */
async function leadNumber(tx: Tx, queue: StoredQueue, given: string | null, by: Named): Promise<boolean> {
  const { id: queueId } = queue.settings
  const country = await countryOf(tx)
  const wanted = given === null ? null : numberOf(readAddress(given, country))
  if (wanted === queue.number) return false
  if (queue.number !== null) await point(tx, queue.number, null, by)
  if (wanted !== null && !(await point(tx, wanted, queueId, by))) {
    const added = await insertNumber(tx, { e164: wanted, country, flowId: null, queueId })
    tx.emit({ type: 'number.added', number: { id: added.id, name: added.number }, by })
  }
  await bumpSettings(tx)
  return queue.number !== null
}

function numberOf({ kind, key }: ReturnType<typeof readAddress>): string {
  if ((kind === 'phone' || kind === 'unparsed') && key !== null) return key
  throw invalid([{ path: 'phone_number', message: 'This is no telephone number.' }])
}

/** Leads one of our numbers straight to a queue, or nowhere. False: it is none of ours. */
async function point(tx: Tx, e164: string, queueId: string | null, by: Named): Promise<boolean> {
  const [known] = await tx.query<{ id: string }>('select id from numbers where e164 = $1', [e164])
  const updated = known && (await updateNumber(tx, known.id, { queueId, flowId: null }))
  if (!updated) return false
  const [before, after] = [updated.before, updated.after].map(({ flow, queue }) => ({
    flow: flow?.name ?? null,
    queue: queue?.name ?? null,
  })) as [object, object]
  const changes = changesBetween(before, after)
  tx.emit({ type: 'number.updated', number: { id: known.id, name: e164 }, changes, by })
  return true
}
