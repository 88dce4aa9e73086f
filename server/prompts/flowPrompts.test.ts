import { expect, test } from 'vitest'
import type { FlowDefinition } from '../../core/flow.ts'
import { flowPrompts } from './flowPrompts.ts'

test('everything that is the same for all callers, but for what is read', () => {
  const flow: FlowDefinition = {
    start: 'hello',
    language: 'en-US',
    nodes: {
      hello: {
        type: 'say',
        prompt: { text: { 'en-US': 'Hello.', 'es-US': 'Hola.', de: ' ' }, audio: { 'es-US': 'prompt:p1' } },
        next: 'named',
      },
      named: { type: 'say', prompt: { text: { 'en-US': 'Hello {contact.name}.' } }, next: 'music' },
      music: { type: 'play', media: 'hold-music', next: 'text' },
      text: { type: 'message', text: { 'en-US': 'Read this.' }, next: 'line', unsent: null },
      line: { type: 'queue', queue: 'support' },
    },
  }
  expect(flowPrompts(flow)).toEqual([
    { type: 'play', media: 'prompt:p1', loop: 1 },
    { type: 'say', text: 'Hello.', language: 'en-US' },
    { type: 'play', media: 'hold-music', loop: 1 },
  ])
})
