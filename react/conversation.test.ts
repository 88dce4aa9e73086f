import { expect, test } from 'vitest'
import { occupies, speakerIn } from './conversation.ts'
import { ANA, aCall, aConversation, aParty, BEN } from './testing.ts'

const asking = aConversation({ parties: [aParty('customer'), aParty('agent', ANA), aParty('consultant', BEN)] })

test('who has the call and who is asked about it speak in it', () => {
  const call = aCall({ agent: ANA, conversation: asking })
  expect(speakerIn(call, ANA.id)?.role).toBe('agent')
  expect(speakerIn(call, BEN.id)?.role).toBe('consultant')
  expect([ANA, BEN, { id: 'x' }].map(({ id }) => occupies(call, id))).toEqual([true, true, false])
})

test('who only listens is not occupied', () => {
  const conversation = aConversation({ parties: [aParty('agent', ANA), aParty('supervisor', BEN)] })
  expect(occupies(aCall({ agent: ANA, conversation }), BEN.id)).toBe(false)
})

test('a call without audio of ours occupies who has it, and nobody has what is nobody’s', () => {
  expect(occupies(aCall({ agent: ANA }), ANA.id)).toBe(true)
  expect(occupies(aCall(), null)).toBe(false)
})
