import type { Skills } from '../agent.ts'
import { levelOf, meets, type QueueSettings, requirement } from '../queue.ts'

/** Agents with the same queues and skills: for any call either all of them will do or none. */
export interface Group {
  number: number
  queueIds: readonly string[]
  skills: Skills
  /** Numbers of the kinds of call that they can take. */
  kinds: number[]
}

/** Calls of one queue that ask for the same: for any agent either all of them will do or none. */
export interface Kind {
  number: number
  queue: QueueSettings
  requires: Skills
  /** Who can take them, first choice first. */
  tiers: Tier[]
}

/** Groups, by number, that are as good as each other. Only `skill-based` queues have more than one tier. */
export interface Tier {
  score: number
  groups: number[]
}

/**
 * Who can take what: worked out once for each group of agents and kind of call when the first of them comes along, so
 * that no search compares skills.
 */
export class Eligibility {
  private readonly groups: Group[] = []
  private readonly groupByKey = new Map<string, Group>()
  private readonly kinds: Kind[] = []
  private readonly kindByKey = new Map<string, Kind>()
  /** Kinds by queue, what a call asks for itself and the steps of relaxation: most calls ask for one of a few same things. */
  private readonly known = new Map<string, WeakMap<Skills, Kind[]>>()

  /** `queueIds` in the order of the queues. */
  groupOf(queueIds: readonly string[], skills: Skills): Group {
    const key = JSON.stringify([queueIds, Object.entries(skills).sort()])
    const known = this.groupByKey.get(key)
    if (known !== undefined) return known
    const group: Group = { number: this.groups.length, queueIds, skills, kinds: [] }
    this.groups.push(group)
    this.groupByKey.set(key, group)
    for (const kind of this.kinds) introduce(group, kind)
    return group
  }

  /** The kind of a call that asks for `own` itself, after this many steps of relaxation. */
  kindOf(queue: QueueSettings, own: Skills, steps: number): Kind {
    let ofQueue = this.known.get(queue.id)
    if (ofQueue === undefined) {
      ofQueue = new WeakMap()
      this.known.set(queue.id, ofQueue)
    }
    let bySteps = ofQueue.get(own)
    if (bySteps === undefined) {
      bySteps = []
      ofQueue.set(own, bySteps)
    }
    bySteps[steps] ??= this.kindRequiring(queue, requirement(queue, own, steps))
    return bySteps[steps]
  }

  private kindRequiring(queue: QueueSettings, requires: Skills): Kind {
    const key = JSON.stringify([queue.id, requires])
    const known = this.kindByKey.get(key)
    if (known !== undefined) return known
    const kind: Kind = { number: this.kinds.length, queue, requires, tiers: [] }
    this.kinds.push(kind)
    this.kindByKey.set(key, kind)
    for (const group of this.groups) introduce(group, kind)
    return kind
  }
}

export const canTake = (group: Group, kind: Kind): boolean =>
  group.queueIds.includes(kind.queue.id) && meets(group.skills, kind.requires)

/** What a `skill-based` queue goes by: the sum of the levels of the skills that are asked for. */
export const skillScore = (skills: Skills, requires: Skills): number =>
  Object.keys(requires).reduce((sum, skill) => sum + levelOf(skills, skill), 0)

/** Notes whether these agents can take these calls. */
function introduce(group: Group, kind: Kind): void {
  if (!canTake(group, kind)) return
  group.kinds.push(kind.number)
  const { tiers } = kind
  const score = kind.queue.strategy === 'skill-based' ? skillScore(group.skills, kind.requires) : 0
  const place = tiers.findIndex(tier => tier.score <= score)
  if (tiers[place]?.score === score) tiers[place].groups.push(group.number)
  else tiers.splice(place < 0 ? tiers.length : place, 0, { score, groups: [group.number] })
}
