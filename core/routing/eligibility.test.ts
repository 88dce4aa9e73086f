import { expect, test } from 'vitest'
import { newQueue } from '../queue.ts'
import { Eligibility } from './eligibility.ts'

const gold = { ...newQueue('gold', 'Gold'), strategy: 'skill-based' as const, requires: { german: 2 } }
const silver = { ...newQueue('silver', 'Silver'), relaxation: [{ afterMs: 1000, lower: { german: 1 } }] }

test('agents with the same queues and skills are one group, calls that ask for the same one kind', () => {
  const eligibility = new Eligibility()
  const group = eligibility.groupOf(['gold'], { german: 2, french: 1 })
  expect(eligibility.groupOf(['gold'], { french: 1, german: 2 })).toBe(group)
  expect(eligibility.groupOf(['gold', 'silver'], { german: 2, french: 1 })).not.toBe(group)
  expect(eligibility.groupOf(['gold'], { german: 2 })).not.toBe(group)

  const kind = eligibility.kindOf(gold, {}, 0)
  expect(eligibility.kindOf(gold, { german: 1 }, 0)).toBe(kind)
  expect(eligibility.kindOf(gold, { german: 3 }, 0)).not.toBe(kind)
  expect(eligibility.kindOf(silver, { german: 2 }, 0)).not.toBe(kind)
  expect(eligibility.kindOf(silver, { german: 2 }, 1)).toBe(eligibility.kindOf(silver, { german: 1 }, 0))
})

test('who can take what is the same, whoever came first', () => {
  const skills = [{ german: 1 }, { german: 2 }, { german: 4 }, { german: 2, french: 1 }]
  const asked = [{}, { french: 1 }, { german: 3 }]
  const early = new Eligibility()
  const groups = skills.map(each => early.groupOf(['gold'], each))
  const kinds = asked.map(each => early.kindOf(gold, each, 0))
  const late = new Eligibility()
  expect(asked.map(each => late.kindOf(gold, each, 0))).not.toEqual(kinds)
  skills.map(each => late.groupOf(['gold'], each))
  expect(asked.map(each => late.kindOf(gold, each, 0))).toEqual(kinds)
  expect(skills.map(each => new Set(late.groupOf(['gold'], each).kinds))).toEqual(groups.map(g => new Set(g.kinds)))
  expect(groups.map(group => group.kinds)).toEqual([[], [0], [0, 2], [0, 1]])
})

test('the best skilled come first where a queue goes by skill, and nowhere else', () => {
  const eligibility = new Eligibility()
  for (const [index, german] of [2, 4, 3, 4].entries())
    eligibility.groupOf(['gold', 'silver'], { german, french: index + 1 })
  expect(eligibility.kindOf(gold, {}, 0).tiers).toEqual([
    { score: 4, groups: [1, 3] },
    { score: 3, groups: [2] },
    { score: 2, groups: [0] },
  ])
  expect(eligibility.kindOf(silver, { german: 3 }, 0).tiers).toEqual([{ score: 0, groups: [1, 2, 3] }])
})
