import { expect, test } from 'vitest'
import { itConforms, webhooksOf } from '../conformance.ts'
import { UnreadableWebhook } from '../provider.ts'
import { story as ringcentral } from '../ringcentral/story.ts'
import { story as twilio } from '../twilio/story.ts'
import { story as vonage } from '../vonage/story.ts'
import { builtin } from './builtin.ts'
import { report, story } from './story.ts'

itConforms({ ...story, strangers: [...webhooksOf(twilio), ...webhooksOf(vonage), ...webhooksOf(ringcentral)] })

test('one report may bring several pieces of news', () => {
  const news = [
    { type: 'leg', leg: 'c/agent:a/1', party: 'agent', status: 'ended', endReason: 'completed' },
    { type: 'leg', leg: 'c/supervisor:s/1', party: 'supervisor', status: 'ringing', endReason: null },
    { type: 'input', result: { type: 'dialled', outcome: 'answered' } },
    { type: 'weather', of: 'tomorrow' },
  ]
  const { signals } = builtin.parse(report({ news }, 'builtin:/input?step=4'), 'input')
  expect(signals).toMatchObject([
    { type: 'leg', party: 'agent', providerLegId: 'c/agent:a/1', status: 'ended', order: 3, endReason: 'completed' },
    { type: 'leg', party: 'supervisor', providerLegId: 'c/supervisor:s/1', status: 'ringing' },
    { type: 'input', step: 4, result: { type: 'dialled', outcome: 'answered' } },
  ])
})

test('a signature holds for its address: a report on one script is none on another', () => {
  const webhook = report({ news: [] }, 'builtin:/input?step=4')
  expect(builtin.verify({ ...webhook, urls: ['builtin:/input?step=5'] }, story.credentials).valid).toBe(false)
})

test('whose call it is must be said', () => {
  expect(() => builtin.parse(report({ call: undefined }), 'status')).toThrow(UnreadableWebhook)
})
