import type { Queue } from '../../client/contract.ts'
import { type SkillRow, skillRows, skillsOf } from './skillRows.ts'

type Settings = Omit<Queue, 'id' | 'number' | 'waiting' | 'requires' | 'relaxation'>

/** The settings of a queue while somebody changes them. */
export interface QueueDraft extends Settings {
  requires: SkillRow[]
  relaxation: { afterSeconds: number; lower: SkillRow[] }[]
}

export const draftOf = ({ id: _id, number: _number, waiting: _waiting, ...settings }: Queue): QueueDraft => ({
  ...settings,
  requires: skillRows(settings.requires),
  relaxation: settings.relaxation.map(({ afterSeconds, lower }) => ({ afterSeconds, lower: skillRows(lower) })),
})

/** What is sent: only what differs, so that two people who change different things do not undo each other's. */
export function changesOf(queue: Queue, draft: QueueDraft): Partial<ReturnType<typeof bodyOf>> {
  const before: Record<string, unknown> = bodyOf(draftOf(queue))
  const changes = Object.entries(bodyOf(draft)).filter(([field, value]) => !same(value, before[field]))
  return Object.fromEntries(changes)
}

const bodyOf = (draft: QueueDraft) => ({
  ...draft,
  agents: draft.agents.map(({ id }) => id),
  requires: skillsOf(draft.requires),
  relaxation: draft.relaxation
    .map(({ afterSeconds, lower }) => ({ afterSeconds, lower: skillsOf(lower) }))
    .toSorted((a, b) => a.afterSeconds - b.afterSeconds),
})

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A name for the API from the one for people: `Sales & Returns` → `sales-returns`. */
export const shortName = (displayName: string): string =>
  displayName
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)
