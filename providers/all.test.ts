import { expect, test } from 'vitest'
import { providers, recognise } from './all.ts'
import { webhooksOf } from './conformance.ts'
import type { Webhook } from './provider.ts'
import { story as ringcentral } from './ringcentral/story.ts'
import { story as twilio } from './twilio/story.ts'
import { story as vonage } from './vonage/story.ts'

const stories = [twilio, vonage, ringcentral]

const post = (type: string, body: string): Webhook => ({
  method: 'POST',
  urls: ['https://calls.example.com/api/webhooks/call/incoming'],
  headers: { 'content-type': type },
  body: Buffer.from(body),
  receivedAt: 0,
})

test('every provider has a story', () => {
  expect(stories.map(({ provider }) => provider)).toEqual([...providers])
})

test.each(stories)('$provider.name is recognised', story => {
  for (const webhook of webhooksOf(story)) expect(recognise(webhook)).toBe(story.provider)
})

test.each([
  ['an empty post', 'application/json', ''],
  ['broken JSON', 'application/json', '{"CallSid":'],
  ['JSON of something else', 'application/json', '{"uuid":"1","event":"ping","body":{}}'],
  ['a form of something else', 'application/x-www-form-urlencoded', 'uuid=1&from=2'],
  ['too many fields', 'application/x-www-form-urlencoded', 'CallSid=1&'.repeat(300)],
])('%s is nobody’s', (_, type, body) => {
  expect(recognise(post(type, body))).toBeNull()
})
