import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type * as contract from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { openingsOf, weeklyOf } from '../crm/department.ts'
import {
  deleteHours,
  freeName,
  hoursUses,
  insertHours,
  listHours,
  lockHours,
  type StoredHours,
  updateHours,
} from '../hours/hoursStore.ts'
import { CRM_PATHS, mustWork } from '../hours/mustWork.ts'
import type { Sql, Tx } from '../platform/db.ts'
import { invalid } from '../platform/refusal.ts'
import { changeQueue } from '../queues/queueChange.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { readCallHoursId, writeCallHoursId } from './callSettingStore.ts'

type Given = Pick<z.output<typeof contract.updateCallSettings.body & {}>, 'business_hours' | 'time_zone'>

/** Hours like all others, under whatever name people give them; whatever queue has none of its own keeps these. */
const NAME = 'Business hours'

export async function readBusinessHours(
  sql: Sql,
): Promise<Pick<contract.CallSettings, 'business_hours' | 'time_zone'>> {
  const hoursId = await readCallHoursId(sql)
  return shownAs(sql, (await listHours(sql)).find(({ id }) => id === hoursId) ?? null)
}

/** Sets what is given. Throws a 400 refusal for hours that nobody could keep. */
export async function setBusinessHours(tx: Tx, given: Given, by: Named): Promise<void> {
  const hoursId = await readCallHoursId(tx)
  const before = hoursId === null ? null : await lockHours(tx, hoursId)
  const shown = await shownAs(tx, before)
  const asked = {
    business_hours: given.business_hours === undefined ? shown.business_hours : given.business_hours,
    time_zone: given.time_zone ?? shown.time_zone,
  }
  if (isDeepStrictEqual(asked, shown)) return
  const weekly = weeklyOf(asked.business_hours ?? {})
  if (weekly.length > 0) {
    const { name = await freeName(tx, NAME), exceptions = [] } = before ?? {}
    const hours = { name, timeZone: asked.time_zone, weekly, exceptions }
    mustWork(hours, CRM_PATHS)
    const { id } = before ?? (await insertHours(tx, hours))
    if (before === null) await writeCallHoursId(tx, id)
    else await updateHours(tx, { ...hours, id })
    tx.emit({ type: before === null ? 'hours.created' : 'hours.updated', hours: { id, name }, by })
    for (const queueId of await queuesWith(tx, null)) await changeQueue(tx, queueId, { hoursId: id }, by)
  } else if (before === null) {
    throw invalid([{ path: 'time_zone', message: 'Without business hours there is no time zone to keep.' }])
  } else {
    for (const queueId of await queuesWith(tx, before.id)) await changeQueue(tx, queueId, { hoursId: null }, by)
    // Unless a flow asks them.
    if ((await hoursUses(tx, before)).length === 0) {
      await deleteHours(tx, before.id)
      tx.emit({ type: 'hours.deleted', hours: { id: before.id, name: before.name }, by })
    }
  }
  await bumpSettings(tx)
}

const shownAs = async (sql: Sql, hours: StoredHours | null) => ({
  business_hours: hours && openingsOf(hours.weekly),
  time_zone: hours?.timeZone ?? (await usualTimeZone(sql)),
})

async function usualTimeZone(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ time_zone: string }>(
    'select time_zone from workspaces where id = current_workspace()',
  )
  return row!.time_zone
}

async function queuesWith(sql: Sql, hoursId: string | null): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from queues where workspace_id = current_workspace()
       and settings ->> 'hoursId' is not distinct from $1 order by id`,
    [hoursId],
  )
  return rows.map(({ id }) => id)
}
