import type { z } from 'zod'
import type { Hindrance, RoutingStep } from '../../client/contract.ts'
import { clock } from '../../react/clock.ts'
import { reasonInWords } from '../activity/eventSentence.ts'
import type { Text } from '../text/en.ts'

type Hindered = RoutingStep['hindered']

/** One offer, as a person reads it: what was asked of whom, what came of it, and why it was them and nobody else. */
export interface StepInWords {
  id: string
  title: string
  outcome: string
  /** Whole sentences. */
  reasons: string[]
  /** Who could not be asked, each with why not. */
  hindered: { name: string; why: string }[]
}

export function stepInWords(step: RoutingStep, text: Text): StepInWords {
  const words = text.deskWhy
  const skills = Object.entries(step.requires).map(([skill, level]) => `${skill} ${level}`)
  const others = step.eligible.filter(({ id }) => !step.offeredTo.some(asked => asked.id === id))
  return {
    id: step.id,
    title: words.offered(step.agent.name, step.queue.name, clock(step.waitedSeconds)),
    outcome: words.outcome[step.outcome ?? 'live'],
    reasons: [
      text.popup.offer.rule[step.strategy],
      ...(skills.length > 0 ? [words.requires(skills.join(', '))] : []),
      others.length > 0 ? words.eligible(others.map(({ name }) => name).join(', ')) : words.nobodyElse,
    ],
    hindered: hinderedInWords(step.hindered, [step.agent, ...step.eligible], text),
  }
}

/** `others` are people whose names are known besides, for whoever a call is kept for. */
export function hinderedInWords(
  hindered: Hindered,
  others: readonly { id: string; name: string }[],
  text: Text,
): StepInWords['hindered'] {
  const people = [...others, ...hindered.map(({ agent }) => agent)]
  const nameOf = (id: string) => people.find(person => person.id === id)?.name ?? null
  return hindered.map(({ agent, hindrances }) => ({
    name: agent.name,
    why: hindrances.map(hindrance => hindranceInWords(hindrance, nameOf, text)).join('; '),
  }))
}

function hindranceInWords(
  hindrance: z.infer<typeof Hindrance>,
  nameOf: (id: string) => string | null,
  text: Text,
): string {
  const words = text.deskWhy.hindrance
  switch (hindrance.type) {
    case 'unknown':
      return words.unknown
    case 'presence': {
      const { status, reason } = hindrance.presence
      return words.presence(text.deskStatus.status[status].toLowerCase(), reasonInWords(reason, text))
    }
    case 'no-free-slot':
      return words.full(hindrance.occupied, hindrance.capacity)
    case 'skill':
      return words.skill(hindrance.skill, hindrance.needs, hindrance.has)
    case 'passed-it-up':
      return words.passedUp
    case 'held-for':
      return words.heldFor(nameOf(hindrance.agentId))
  }
}
