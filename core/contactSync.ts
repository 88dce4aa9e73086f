/** What is kept the same in a contact here and its record elsewhere; each group changes as a whole. */
export interface SyncedFields {
  name: string
  /** Empty: none. So is `company`. */
  email: string
  company: string
  /** E.164 where they parse, the main one first; no more of them than the other side holds. */
  phones: readonly string[]
}
export type FieldGroup = keyof SyncedFields
export const FIELD_GROUPS: readonly FieldGroup[] = ['name', 'email', 'company', 'phones']
/** Of whom nothing is known. */
export const NOTHING_SYNCED: SyncedFields = { name: '', email: '', company: '', phones: [] }

/** One side as it is now, and when it last changed in whatever way (ISO 8601). */
export interface SyncSide {
  fields: SyncedFields
  changedAt: string
}

/**
 * Both sides as they were when they were last brought together. Each side is compared with what it was itself, so a side
 * that stores what it is given in its own spelling has not changed, and what we wrote there does not come back.
 */
export interface SyncMemory {
  ours: SyncedFields
  theirs: SyncedFields
}

/** What is to be written on each side; empty where nothing is. */
export interface Reconciled {
  toOurs: Partial<SyncedFields>
  toTheirs: Partial<SyncedFields>
}

/**
 * Brings two sides together, group by group: a change on one side is taken over by the other; where both have changed, the
 * later change wins, and theirs if it was at the same time. When they meet for the first time (no memory), what one side lacks it
 * is given, and what they say differently is a change on both.
 */
export function reconcile(ours: SyncSide, theirs: SyncSide, memory: SyncMemory | null): Reconciled {
  const result: Reconciled = { toOurs: {}, toTheirs: {} }
  const oursWins = Date.parse(ours.changedAt) > Date.parse(theirs.changedAt)
  for (const group of FIELD_GROUPS) {
    const [here, there] = [ours.fields[group], theirs.fields[group]]
    if (sameValue(here, there)) continue
    const changed =
      memory === null
        ? firstMeeting(here, there)
        : { here: !sameValue(here, memory.ours[group]), there: !sameValue(there, memory.theirs[group]) }
    if (changed.here && (!changed.there || oursWins)) Object.assign(result.toTheirs, { [group]: here })
    else if (changed.there) Object.assign(result.toOurs, { [group]: there })
  }
  return result
}

/** Whether nothing differs, in any group. */
export const sameFields = (one: SyncedFields, other: SyncedFields): boolean =>
  FIELD_GROUPS.every(group => sameValue(one[group], other[group]))

type Value = SyncedFields[FieldGroup]

const sameValue = (one: Value, other: Value): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Whoever says something that the other does not has changed; where only the order differs, theirs counts. */
function firstMeeting(here: Value, there: Value): { here: boolean; there: boolean } {
  const news = !covers(there, here)
  return { here: news, there: !news || !covers(here, there) }
}

/** Whether all that `other` says is in `one`, too. */
const covers = (one: Value, other: Value): boolean =>
  typeof other === 'string' ? other === '' || other === one : other.every(number => one.includes(number))
