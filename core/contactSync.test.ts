import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIELD_GROUPS, reconcile, type SyncedFields, type SyncMemory } from './contactSync.ts'

const NOBODY: SyncedFields = { name: '', email: '', company: '', phones: [] }
const ana: SyncedFields = { name: 'Ana', email: 'ana@example.com', company: '', phones: ['+14155550100'] }
const EARLY = '2026-01-01T00:00:00Z'
const LATE = '2026-01-02T00:00:00Z'

describe('bringing a contact and its record elsewhere together', () => {
  const memory: SyncMemory = { ours: ana, theirs: ana }
  const meet = (ours: Partial<SyncedFields>, theirs: Partial<SyncedFields>, oursAt = EARLY, theirsAt = EARLY) =>
    reconcile(
      { fields: { ...ana, ...ours }, changedAt: oursAt },
      { fields: { ...ana, ...theirs }, changedAt: theirsAt },
      memory,
    )

  test('a change on one side is taken over by the other, however late the other was touched', () => {
    expect(meet({ company: 'Acme' }, {}, EARLY, LATE)).toEqual({ toOurs: {}, toTheirs: { company: 'Acme' } })
    expect(meet({}, { phones: [] }, LATE, EARLY)).toEqual({ toOurs: { phones: [] }, toTheirs: {} })
  })

  test('changes of different groups do not touch each other', () => {
    expect(meet({ name: 'Anna' }, { email: 'anna@example.com' }, LATE, EARLY)).toEqual({
      toOurs: { email: 'anna@example.com' },
      toTheirs: { name: 'Anna' },
    })
  })

  test('of two changes of one group the later wins; at the same time, theirs', () => {
    expect(meet({ name: 'A' }, { name: 'B' }, LATE, EARLY)).toEqual({ toOurs: {}, toTheirs: { name: 'A' } })
    expect(meet({ name: 'A' }, { name: 'B' }, EARLY, LATE)).toEqual({ toOurs: { name: 'B' }, toTheirs: {} })
    expect(meet({ name: 'A' }, { name: 'B' })).toEqual({ toOurs: { name: 'B' }, toTheirs: {} })
  })

  test('at the first meeting each side is given what it lacks', () => {
    const [ours, theirs] = [
      { ...NOBODY, name: 'Ana' },
      { ...NOBODY, name: 'Ana', company: 'Acme' },
    ]
    expect(reconcile({ fields: ours, changedAt: LATE }, { fields: theirs, changedAt: EARLY }, null)).toEqual({
      toOurs: { company: 'Acme' },
      toTheirs: {},
    })
  })

  test('no number is lost at the first meeting of two lists, one of which is longer', () => {
    const [two, one] = [
      { ...ana, phones: ['+1', '+2'] },
      { ...ana, phones: ['+2'] },
    ]
    const meeting = (ours: SyncedFields, theirs: SyncedFields) =>
      reconcile({ fields: ours, changedAt: EARLY }, { fields: theirs, changedAt: LATE }, null)
    expect(meeting(two, one)).toEqual({ toOurs: {}, toTheirs: { phones: ['+1', '+2'] } })
    expect(meeting(one, two)).toEqual({ toOurs: { phones: ['+1', '+2'] }, toTheirs: {} })
  })

  test('a side that spells what it is given in its own way has not changed', () => {
    const spelled = { ours: ana, theirs: { ...ana, phones: ['(415) 555-0100'] } }
    const nothing = reconcile(
      { fields: spelled.ours, changedAt: EARLY },
      { fields: spelled.theirs, changedAt: LATE },
      spelled,
    )
    expect(nothing).toEqual({ toOurs: {}, toTheirs: {} })
  })
})

// ---------------------------------------------------------------------------------------------------------------
// Two sides that keep what they are given each in its own spelling, people who change them, and syncs that may be cut off
// anywhere.
// ---------------------------------------------------------------------------------------------------------------

const value = fc.constantFrom('', 'a', 'A', 'b ', 'B', 'c')
const GROUPS = { name: value, email: value, company: value, phones: fc.array(value, { maxLength: 2 }) }
const fields: fc.Arbitrary<SyncedFields> = fc.record(GROUPS)
type Spelling = (text: string) => string
const SPELLINGS: Record<string, Spelling> = {
  'as given': text => text,
  'small letters': text => text.toLowerCase(),
  'without blanks': text => text.trim(),
  'capitals, without blanks': text => text.toUpperCase().trim(),
}
const spelling = fc.constantFrom(...Object.keys(SPELLINGS))
const spelled = (given: SyncedFields, how: Spelling): SyncedFields => ({
  name: how(given.name),
  email: how(given.email),
  company: how(given.company),
  phones: given.phones.map(how),
})

const step = fc.oneof(
  fc.record({
    type: fc.constantFrom('ours' as const, 'theirs' as const),
    change: fc.record(GROUPS, { requiredKeys: [] }),
  }),
  /** `until`: how far a sync comes: wrote ours, wrote theirs, remembered. */
  fc.record({ type: fc.constant('sync' as const), until: fc.integer({ min: 0, max: 3 }) }),
)

function world(start: { ours: SyncedFields; theirs: SyncedFields }, how: { ours: Spelling; theirs: Spelling }) {
  let now = Date.parse(EARLY)
  const tick = (): string => {
    now += 1000
    return new Date(now).toISOString()
  }
  const sides = {
    ours: { fields: spelled(start.ours, how.ours), changedAt: tick() },
    theirs: { fields: spelled(start.theirs, how.theirs), changedAt: tick() },
  }
  let memory: SyncMemory | null = null
  const write = (side: 'ours' | 'theirs', change: Partial<SyncedFields>): void => {
    sides[side] = { fields: spelled({ ...sides[side].fields, ...change }, how[side]), changedAt: tick() }
  }
  return {
    sides,
    write,
    /** How many writes it was. */
    sync(until = 3): number {
      const { toOurs, toTheirs } = reconcile(sides.ours, sides.theirs, memory)
      const writes = [Object.keys(toOurs).length > 0, Object.keys(toTheirs).length > 0]
      if (until > 0 && writes[0]) write('ours', toOurs)
      if (until > 1 && writes[1]) write('theirs', toTheirs)
      if (until > 2) memory = { ours: sides.ours.fields, theirs: sides.theirs.fields }
      return writes.filter(Boolean).length
    },
  }
}

const history = fc.record({
  start: fc.record({ ours: fields, theirs: fields }),
  steps: fc.array(step, { maxLength: 30 }),
})

test('no echoes: after one whole sync without anybody’s change, nothing is written ever again', () => {
  fc.assert(
    fc.property(history, spelling, spelling, ({ start, steps }, ours, theirs) => {
      const both = world(start, { ours: SPELLINGS[ours]!, theirs: SPELLINGS[theirs]! })
      for (const each of steps)
        each.type === 'sync' ? both.sync(each.until) : both.write(each.type, each.change as never)
      both.sync()
      expect([both.sync(), both.sync(), both.sync()]).toEqual([0, 0, 0])
    }),
    { numRuns: 2000 },
  )
})

test('convergence: sides that keep what they are given are equal after one whole sync', () => {
  fc.assert(
    fc.property(history, ({ start, steps }) => {
      const both = world(start, { ours: text => text, theirs: text => text })
      both.sync()
      for (const each of steps)
        each.type === 'sync' ? both.sync(each.until) : both.write(each.type, each.change as never)
      both.sync()
      expect(both.sides.ours.fields).toEqual(both.sides.theirs.fields)
    }),
    { numRuns: 2000 },
  )
})

test('the last change of a group wins, where every change is synced at once', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          side: fc.constantFrom('ours' as const, 'theirs' as const),
          group: fc.constantFrom(...FIELD_GROUPS),
          value,
        }),
        { minLength: 1 },
      ),
      changes => {
        const both = world({ ours: ana, theirs: ana }, { ours: text => text, theirs: text => text })
        const last = { ...ana }
        both.sync()
        for (const { side, group, value } of changes) {
          const change = { [group]: group === 'phones' ? [value] : value } as Partial<SyncedFields>
          both.write(side, change)
          Object.assign(last, change)
          both.sync()
        }
        expect([both.sides.ours.fields, both.sides.theirs.fields]).toEqual([last, last])
      },
    ),
  )
})
