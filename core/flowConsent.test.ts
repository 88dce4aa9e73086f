import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Action } from './action.ts'
import { type Call, newCall } from './call.ts'
import { advance, type CallFacts, type CallInput } from './callTurn.ts'
import { type ConsentMode, DEFAULT_CONSENT, demandOf, mayRecord } from './consent.ts'
import type { CallEvent } from './event.ts'
import type { FlowNode } from './flow.ts'
import { beginFlow, type FlowFacts } from './flowRun.ts'
import { Caller, factsWith, flowOf, queueFacts, words } from './flowTesting.ts'
import { CallRefusal } from './refusal.ts'

const ana = { id: 'ana', name: 'Ana' }
const now = '2026-01-01T12:00:00.000Z'
const demand = (mode: ConsentMode, more = {}) => demandOf({ ...DEFAULT_CONSENT, mode, ...more }, null, '+14155550190')
const toSales: Record<string, FlowNode> = {
  hello: { type: 'say', prompt: words('Hello.'), next: 'line' },
  line: { type: 'queue', queue: 'sales' },
}
const softphone = { type: 'softphone', agentId: 'ana' } as const
const inLine = (mode: ConsentMode, more = {}, facts: Partial<FlowFacts> = {}) =>
  new Caller(toSales, { consent: demand(mode, more), recording: 'here', ...facts }).take({ type: 'queued' })

describe('on the way into a line', () => {
  test('the caller is told first, and the wait begins when that has been heard', () => {
    const caller = inLine('announce')
    expect(caller.hears).toEqual(['Hello.', 'This call may be recorded.', '[resume]'])
    expect(caller.run.awaiting.type).toBe('queue')
    expect(caller.waits().effects).toEqual([
      {
        type: 'noteConsent',
        said: {
          how: 'announced',
          given: true,
          policy: 'default',
          region: 'US-CA',
          version: 1,
          heard: 'This call may be recorded.',
          language: 'en-US',
          answer: null,
        },
      },
    ])
    expect(caller.hears).toEqual(['♪ hold-music', '[resume]'])
    // Once is enough.
    expect(caller.waits().hears).toEqual(['♪ hold-music', '[resume]'])
  })

  test('nobody is told where nothing is recorded, or nobody has to be', () => {
    const quiet = [
      inLine('none'),
      inLine('announce', {}, { recording: null }),
      inLine('announce', {}, { findQueue: id => queueFacts(id, { recording: false }) }),
    ]
    for (const caller of quiet) expect(caller.hears).toEqual(['Hello.', '♪ hold-music', '[resume]'])
  })

  test('in the words of the workspace', () => {
    const announcement = { 'en-US': 'We tape this.' }
    expect(inLine('announce', { announcement }).hears[1]).toBe('We tape this.')
  })

  test('a key opts out', () => {
    const caller = inLine('announce', { optOutKey: '9' })
    expect(caller.hears).toEqual([
      'Hello.',
      'This call may be recorded.',
      'If you do not want that, press 9.',
      '[gather]',
    ])
    expect(caller.presses('9').run.consent).toMatchObject({ given: false, answer: '9' })
    expect(inLine('announce', { optOutKey: '9' }).waits().run.consent).toMatchObject({ given: true })
    expect(inLine('announce', { optOutKey: '9' }).presses('1').run.consent).toMatchObject({ given: true, answer: '1' })
  })

  test.each([
    ['1', true],
    ['2', false],
  ])('asked, %s is %s', (key, given) => {
    const caller = inLine('ask')
    expect(caller.hears.slice(1)).toEqual([
      'May we record this call? If you agree, press 1. If not, press 2.',
      '[gather]',
    ])
    expect(caller.presses(key).run.consent).toMatchObject({ how: 'asked', given, answer: key })
    expect(caller.hears).toEqual(['♪ hold-music', '[resume]'])
  })

  test('who does not answer is asked once more, and has not agreed', () => {
    const caller = inLine('ask').presses('5')
    expect(caller.hears[0]).toBe('Sorry, I did not understand that.')
    expect(caller.waits().run.consent).toMatchObject({ given: false, answer: null })
  })

  test('an agent who takes the call meanwhile does not cut it short, and nothing else is said any more', () => {
    const caller = inLine('announce')
    expect(caller.hears[0]).toBe('Hello.')
    caller.take({ type: 'taken', at: softphone, queueId: null })
    expect([caller.hears, caller.run.awaiting.type]).toEqual([['This call may be recorded.', '[resume]'], 'bridge'])
    expect(caller.waits().hears).toEqual(['[bridge]'])
  })

  test('a late report of an earlier script does not count', () => {
    const caller = inLine('announce')
    const before = caller.run
    expect(caller.does({ type: 'none' }, before.step - 1).run).toBe(before)
  })

  test('nor does a message that is reported only now', () => {
    const caller = inLine('announce')
    caller.does({ type: 'recorded', recordingId: 'r', url: 'https://r', seconds: 9 }, null)
    expect([caller.run.consent, caller.hears.at(-1)]).toEqual([undefined, '[resume]'])
  })

  test('who may not wait any longer is not told of a recording that there will not be', () => {
    const caller = inLine('announce').take({ type: 'overflowed', overflow: { type: 'hangUp' } })
    expect([caller.hears, caller.run.asking]).toEqual([['[hangUp]'], null])
  })
})

test('an announcement of the flow’s own is one, but no question', () => {
  const own: Record<string, FlowNode> = {
    told: { type: 'consent', mode: 'announce', prompt: words('Taped.'), next: 'line' },
    line: { type: 'queue', queue: 'sales' },
  }
  const caller = (mode: ConsentMode) => new Caller(own, { consent: demand(mode), recording: 'here' }).waits()
  expect(caller('announce').hears).toEqual(['♪ hold-music', '[resume]'])
  expect(caller('ask').hears[0]).toMatch('May we record')
})

describe('where the provider records', () => {
  const bridged = (caller: Caller): Action | undefined =>
    caller.take({ type: 'taken', at: { type: 'number', number: '+12025550177' }, queueId: null }).run.script.at(-1)

  test('its script says so only after consent', () => {
    expect(bridged(inLine('ask', {}, { recording: 'provider' }).presses('1'))).toMatchObject({ record: true })
    expect(bridged(inLine('none', {}, { recording: 'provider' }))).toMatchObject({ record: true })
    expect(bridged(inLine('ask', {}, { recording: 'provider' }).presses('2'))).not.toHaveProperty('record')
    const early = inLine('ask', {}, { recording: 'provider' })
    expect(bridged(early)).toMatchObject({ type: 'gather' })
    expect(early.presses('1').run.script).toEqual([
      expect.objectContaining({ type: 'bridge', to: { type: 'number', number: '+12025550177' }, record: true }),
    ])
  })

  test('who has nothing to answer is told just before, once', () => {
    const caller = inLine('announce', {}, { recording: 'provider' })
    expect(caller.hears).toEqual(['Hello.', '♪ hold-music', '[resume]'])
    expect(bridged(caller)).toMatchObject({ record: true })
    expect(caller.hears).toEqual(['This call may be recorded.', '[bridge]'])
    const { script, step } = caller.run
    // The evidence does not wait for the end of the conversation.
    expect(caller.take({ type: 'dialling' }).effects).toMatchObject([
      { type: 'noteConsent', said: { how: 'announced', given: true } },
    ])
    expect([caller.run.script, caller.run.step]).toEqual([script, step])
    expect(caller.take({ type: 'dialling' }).effects).toEqual([])
    expect(caller.dialled('busy').effects).toEqual([{ type: 'requeue' }])
    caller.take({ type: 'queued' })
    expect(bridged(caller)).toMatchObject({ record: true })
    expect(caller.hears).toEqual(['[bridge]'])
  })
})

describe('messages', () => {
  const nodes: Record<string, FlowNode> = {
    message: { type: 'voicemail', queue: 'sales', prompt: words('After the tone.'), maxSeconds: 60, next: null },
  }
  const caller = (mode: ConsentMode, voicemail: boolean) => new Caller(nodes, { consent: demand(mode, { voicemail }) })

  test('are taken at once where the policy does not speak of them', () => {
    expect(caller('ask', false).hears).toEqual(['After the tone.', '[record]'])
  })
  test('wait where it does', () => {
    expect(caller('announce', true).hears).toEqual(['This call may be recorded.', '[resume]'])
    expect(caller('announce', true).waits().hears).toEqual(['After the tone.', '[record]'])
    expect(caller('ask', true).presses('1').hears).toEqual(['After the tone.', '[record]'])
  })
  test('are not taken of whoever refuses', () => {
    const refused = caller('ask', true).presses('2')
    expect([refused.hears, refused.run.awaiting.type]).toEqual([
      ['Then nothing is recorded. Goodbye.', '[hangUp]'],
      'end',
    ])
  })
})

/** A call in this flow, whatever happens to it. */
function callIn(nodes: Record<string, FlowNode>, facts: Partial<FlowFacts>) {
  const flow = flowOf(nodes)
  const flowFacts = factsWith({ definition: () => flow, ...facts })
  const callFacts: CallFacts = {
    newCallId: 'call',
    from: '+14155550190',
    to: '+12025550100',
    card: { match: { state: 'unknown', candidates: [] }, lastCalls: [], openRequests: [] },
    contact: null,
    startFlow: null,
    flow: flowFacts,
    greeting: { text: '', language: 'en-US' },
  }
  const known = { id: 'call', provider: 'p', providerCallId: 'p1', control: 'ours', startedAt: now } as const
  const begun = beginFlow({ id: 'main', version: 1 }, flowFacts)
  let call: Call = newCall({ ...known, direction: 'inbound', status: 'in-progress', flow: begun.run })
  const events: CallEvent[] = []
  return {
    get call() {
      return call
    },
    events,
    does(input: CallInput): boolean {
      try {
        const turn = advance(call, input, callFacts, now)
        events.push(...turn.events)
        call = turn.call
        return true
      } catch (error) {
        if (!(error instanceof CallRefusal)) throw error
        return false
      }
    },
  }
}

const heardOut = (call: Call): CallInput => ({
  type: 'flow',
  input: { type: 'input', step: call.flow!.step, key: null, result: { type: 'none' } },
})
const taken: CallInput = { type: 'take', agent: ana, at: softphone, queueId: 'sales' }

describe('a conversation', () => {
  const calling = (mode: ConsentMode) => {
    const caller = callIn(toSales, { consent: demand(mode), recording: 'here' })
    caller.does({ type: 'flow', input: { type: 'queued' } })
    return caller
  }

  test('is recorded from when the announcement has been heard, and the evidence stays with the call', () => {
    const caller = calling('announce')
    caller.does(taken)
    expect(caller.call.conversation?.recording).toBe('off')
    const before = caller.call.conversation!.revision
    caller.does(heardOut(caller.call))
    expect(caller.call.conversation).toMatchObject({ recording: 'on', revision: before + 1 })
    expect(caller.call.consent).toMatchObject({ how: 'announced', given: true, at: now, by: null, region: 'US-CA' })
    expect(caller.events.at(-1)).toMatchObject({ type: 'call.consent_noted', given: true })
  })

  test('of somebody who was told is recorded from its beginning', () => {
    const caller = calling('announce')
    caller.does(heardOut(caller.call))
    caller.does(taken)
    expect(caller.call.conversation?.recording).toBe('on')
  })

  test.each([true, false])('keeps what its agent was told (%s) when the announcement ends meanwhile', given => {
    const caller = calling('announce')
    caller.does(taken)
    caller.does({ type: 'consent', given, by: ana })
    caller.does(heardOut(caller.call))
    const heard = 'This call may be recorded.'
    expect(caller.call.consent).toMatchObject({ how: 'agent', given, by: ana, heard })
    expect(caller.call.flow!.consent).toMatchObject({ how: 'agent', given })
    expect(caller.call.conversation?.recording).toBe(given ? 'on' : 'off')
  })

  test('is not recorded by hand either, but after the agent has noted the answer', () => {
    const caller = calling('ask')
    caller.does(taken)
    const record: CallInput = { type: 'talk', talk: { type: 'record', recording: 'on' }, by: ana }
    expect(caller.does(record)).toBe(false)
    expect(caller.does({ type: 'consent', given: true, by: ana })).toBe(true)
    expect(caller.call).toMatchObject({ conversation: { recording: 'on' }, consent: { how: 'agent', by: ana } })
    caller.does({ type: 'consent', given: false, by: ana })
    expect(caller.call.conversation?.recording).toBe('off')
    expect(caller.does(record)).toBe(false)
  })
})

describe('whatever happens, in whatever order', () => {
  const announcement = 'This call may be recorded.'
  const key = fc.constantFrom('1', '2', '9', '5')
  const happening = fc.oneof(
    fc.record({ what: fc.constant('heard' as const), late: fc.boolean() }),
    fc.record({ what: fc.constant('pressed' as const), key }),
    fc.constantFrom(
      { what: 'queued' as const },
      { what: 'taken' as const },
      { what: 'overflow' as const },
      { what: 'unreached' as const },
      { what: 'sent' as const },
    ),
    fc.record({ what: fc.constant('record' as const), recording: fc.constantFrom('on' as const, 'paused' as const) }),
    fc.record({ what: fc.constant('noted' as const), given: fc.boolean() }),
  )
  const nodes: Record<string, FlowNode> = {
    menu: {
      type: 'menu',
      prompt: words('Press.'),
      options: [
        { digits: '1', next: 'line' },
        { digits: '2', next: 'message' },
        { digits: '5', next: 'own' },
      ],
      timeoutSeconds: 5,
      retries: 9,
      otherwise: 'line',
    },
    own: { type: 'consent', mode: 'announce', prompt: words('Taped.'), next: 'line' },
    line: { type: 'queue', queue: 'sales' },
    message: { type: 'voicemail', queue: 'sales', prompt: words('Tone.'), maxSeconds: 60, next: 'menu' },
  }

  test('nothing is recorded before the policy is met', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('none' as const, 'announce' as const, 'ask' as const),
        fc.constantFrom(null, '9'),
        fc.constantFrom('here' as const, 'provider' as const),
        fc.boolean(),
        fc.array(happening, { maxLength: 25 }),
        (mode, optOutKey, recording, voicemail, happenings) => {
          const caller = callIn(nodes, { consent: demand(mode, { optOutKey, voicemail }), recording })
          for (const each of happenings) {
            const { call } = caller
            const { step, awaiting } = call.flow!
            const reports = (result: { type: 'none' } | { type: 'digits'; digits: string }, at = step): CallInput => ({
              type: 'flow',
              input: { type: 'input', step: at, key: null, result },
            })
            if (each.what === 'heard') caller.does(reports({ type: 'none' }, each.late ? step - 1 : step))
            else if (each.what === 'pressed') caller.does(reports({ type: 'digits', digits: each.key }))
            else if (each.what === 'queued') caller.does({ type: 'flow', input: { type: 'queued' } })
            else if (each.what === 'taken')
              caller.does(recording === 'here' ? taken : { ...taken, at: { type: 'number', number: '+12025550177' } })
            else if (each.what === 'overflow')
              caller.does({ type: 'flow', input: { type: 'overflowed', overflow: { type: 'voicemail' } } })
            else if (each.what === 'sent')
              caller.does({ type: 'send', to: { type: 'queue', queueId: 'support' }, name: 'Support', by: ana })
            else if (each.what === 'unreached' && awaiting.type === 'bridge')
              caller.does({
                type: 'flow',
                input: { type: 'input', step, key: null, result: { type: 'dialled', outcome: 'no-answer' } },
              })
            else if (each.what === 'record') caller.does({ type: 'talk', talk: { ...each, type: 'record' }, by: ana })
            else if (each.what === 'noted') caller.does({ type: 'consent', given: each.given, by: ana })

            const met = mayRecord(mode, caller.call.consent)
            const { script } = caller.call.flow!
            if (!met) expect(caller.call.conversation?.recording ?? 'off').not.toBe('on')
            // A no that the agent hears while the provider records does not change the script that has begun.
            if (met || caller.call.flow!.step === step) continue
            const told = mode === 'announce' && script[0]?.type === 'say' && script[0].text === announcement
            for (const action of told ? [] : script) expect(action).not.toMatchObject({ type: 'bridge', record: true })
            if (voicemail) expect(script.some(({ type }) => type === 'record')).toBe(false)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
