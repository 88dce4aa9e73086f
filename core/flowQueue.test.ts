import { describe, expect, test } from 'vitest'
import type { FlowNode } from './flow.ts'
import type { FlowFacts, QueueFacts } from './flowRun.ts'
import { Caller, queueFacts, words } from './flowTesting.ts'
import type { Overflow } from './queue.ts'

const hello: FlowNode = { type: 'say', prompt: words('Hello.'), next: 'line' }
const line: FlowNode = { type: 'queue', queue: 'sales', requires: { tax: 2 }, priority: 1 }
const AGENT = { type: 'number' as const, number: '+12025550199' }

/** A center with one queue of these settings, and whatever others with the usual ones. */
const center = (sales: Partial<QueueFacts> = {}, more: Partial<FlowFacts> = {}): Partial<FlowFacts> => ({
  findQueue: id => (id === 'gone' ? null : queueFacts(id, id === 'sales' ? sales : {})),
  ...more,
})
const waiting = (sales: Partial<QueueFacts> = {}, more: Partial<FlowFacts> = {}) =>
  new Caller({ hello, line }, center(sales, more)).take({ type: 'queued' })

describe('in line', () => {
  test('a call asks for what its node says', () => {
    const { effects } = new Caller({ line })
    expect(effects).toEqual([
      { type: 'enqueue', queueId: 'sales', requires: { tax: 2 }, priority: 1, preferredAgentId: null },
    ])
  })

  test('what was to be said on the way is said once, before the wait or instead of it', () => {
    const way = new Caller({ hello, line })
    expect(way.hears).toEqual(['Hello.', '♪ hold-music', '[resume]'])
    expect(way.take({ type: 'queued' }).hears).toEqual(['Hello.', '♪ hold-music', '[resume]'])
    expect(way.waits().hears).toEqual(['♪ hold-music', '[resume]'])
    const turned = new Caller({ hello, line }).take({ type: 'overflowed', overflow: { type: 'hangUp' } })
    expect(turned.hears).toEqual(['Hello.', '[hangUp]'])
    expect(waiting().take({ type: 'overflowed', overflow: { type: 'hangUp' } }).hears).toEqual(['[hangUp]'])
  })

  test('place and wait are told at first, and again when it is time', () => {
    const caller = waiting({}, { place: { position: 3, waitSeconds: 241 } })
    const told = ['You are number 3 in line.', 'The wait is about 5 minutes.']
    const music = ['♪ hold-music', '[resume]']
    expect(caller.hears).toEqual(['Hello.', ...told, ...music])
    expect(caller.knows({ now: 59_999 }).waits().hears).toEqual(music)
    expect(caller.knows({ now: 60_000 }).waits().hears).toEqual([...told, ...music])
    expect(caller.knows({ now: 119_999 }).waits().hears).toEqual(music)
  })

  test('nothing is told that is not known or not wished', () => {
    const place = { position: 1, waitSeconds: null }
    expect(waiting({}, { place }).hears).toEqual(['Hello.', 'You are next in line.', '♪ hold-music', '[resume]'])
    const announcements = { position: false, wait: true, everyMs: 60_000 }
    expect(waiting({ announcements }, { place }).hears).toEqual(['Hello.', '♪ hold-music', '[resume]'])
  })

  test('standing there twice is standing there', () => {
    const caller = waiting()
    const { run } = caller
    expect(caller.take({ type: 'queued' }).run).toBe(run)
  })

  test('a queue that is deleted meanwhile keeps its callers company', () => {
    expect(
      waiting()
        .knows({ findQueue: () => null })
        .waits().hears,
    ).toEqual(['♪ hold-music', '[resume]'])
  })
})

describe('keys that end the wait', () => {
  const waitKeys = { voicemail: '1', callback: '2' }

  test('are offered, and listened to while music plays', () => {
    const caller = waiting({ waitKeys })
    expect(caller.hears).toEqual([
      'Hello.',
      'Press 1 to leave a message.',
      'Press 2 to be called back.',
      '♪ hold-music',
      '[gather]',
    ])
    expect(caller.waits().hears).toEqual(['♪ hold-music', '[gather]'])
    expect(caller.presses('7').hears).toEqual(['♪ hold-music', '[gather]'])
  })

  test('a message is taken out of line', () => {
    const caller = waiting({ waitKeys }).presses('1')
    expect(caller.effects).toEqual([{ type: 'leaveQueue' }])
    expect(caller.hears).toEqual(['Please leave a message after the tone.', '[record]'])
    expect(caller.records(3).effects).toMatchObject([{ type: 'keepVoicemail', queueId: 'sales' }])
  })

  test('a callback is asked for in line, and leaves it when it is promised', () => {
    const caller = waiting({ waitKeys }).presses('2')
    expect(caller.effects).toEqual([])
    expect(caller.hears).toEqual(['To be called back at the number you are calling from, press 1.', '[gather]'])
    expect(caller.presses('1').effects).toEqual([
      { type: 'leaveQueue' },
      { type: 'promiseCallback', queueId: 'sales', number: '+12025550123' },
    ])
    expect(caller.hears).toEqual(['Thank you. We will call you back. Goodbye.', '[hangUp]'])
  })

  test('who does not confirm waits on; an agent may come in between', () => {
    expect(waiting({ waitKeys }).presses('2').waits().hears).toEqual(['♪ hold-music', '[gather]'])
    const taken = waiting({ waitKeys }).presses('2').take({ type: 'taken', at: AGENT, queueId: 'sales' })
    expect(taken.run.script).toMatchObject([{ type: 'bridge', to: AGENT }])
  })

  test('who shows no number is not offered to be called back', () => {
    const caller = waiting({ waitKeys }, { callerNumber: null })
    expect(caller.hears.join()).not.toContain('called back')
    expect(caller.presses('2').hears).toEqual(['♪ hold-music', '[gather]'])
  })
})

describe('a call that may not wait', () => {
  const turnedAway = (overflow: Overflow, more: Partial<FlowFacts> = {}) =>
    waiting({}, more).take({ type: 'overflowed', overflow })

  test('leaves a message', () => {
    const caller = turnedAway({ type: 'voicemail' })
    expect(caller.effects).toEqual([{ type: 'divert', reason: 'overflow', to: 'voicemail' }])
    expect(caller.run.awaiting).toEqual({ type: 'voicemail', queueId: 'sales', next: null })
  })

  test('goes to another queue, without asking there for what its node asked for', () => {
    expect(turnedAway({ type: 'queue', queueId: 'support' }).effects).toEqual([
      { type: 'divert', reason: 'overflow', to: 'queue' },
      { type: 'enqueue', queueId: 'support', requires: {}, priority: 0, preferredAgentId: null },
    ])
    expect(turnedAway({ type: 'queue', queueId: 'gone' }).hears.at(-1)).toBe('[record]')
  })

  test('rings at a number, and leaves a message where nobody answers', () => {
    const caller = turnedAway(AGENT)
    expect(caller.hears).toEqual(['[bridge]'])
    expect(caller.dialled('busy').hears).toEqual(['Please leave a message after the tone.', '[record]'])
  })

  test('is offered to be called back, and else leaves a message', () => {
    expect(turnedAway({ type: 'callback' }).presses('1').effects).toMatchObject([{ type: 'promiseCallback' }])
    expect(turnedAway({ type: 'callback' }).waits().hears.at(-1)).toBe('[record]')
    expect(turnedAway({ type: 'callback' }).presses('2').hears.at(-1)).toBe('[record]')
    expect(turnedAway({ type: 'callback' }, { callerNumber: null }).hears.at(-1)).toBe('[record]')
  })

  test('is told something', () => {
    const caller = turnedAway({ type: 'message', text: 'Sorry, {caller.name}.' }, { lookUp: () => 'Ana' })
    expect(caller.hears).toEqual(['Sorry, Ana.', '[hangUp]'])
  })

  test('goes where its own flow says, as long as the queue is open', () => {
    const own: FlowNode = { type: 'queue', queue: 'sales', otherwise: 'hello' }
    const nodes = { own, hello: { ...hello, next: null } as FlowNode }
    const caller = new Caller(nodes, center()).take({ type: 'queued' })
    caller.take({ type: 'overflowed', overflow: { type: 'voicemail' } })
    expect(caller.hears).toEqual(['Hello.', '[hangUp]'])
    expect(caller.effects).toEqual([{ type: 'divert', reason: 'overflow', to: 'message' }])
    const closed = new Caller(nodes, center({ open: false, afterHours: { type: 'message', text: 'Closed.' } }))
    expect(closed.hears).toEqual(['Closed.', '[hangUp]'])
    expect(closed.effects).toEqual([{ type: 'divert', reason: 'closed', to: 'message' }])
  })

  test('queues that overflow into each other end in a message', () => {
    const caller = waiting()
    const overflow: Overflow = { type: 'queue', queueId: 'support' }
    for (let round = 0; round < 5; round++) caller.take({ type: 'overflowed', overflow }).take({ type: 'queued' })
    expect(caller.run.awaiting.type).toBe('queue')
    expect(caller.take({ type: 'overflowed', overflow }).hears.at(-1)).toBe('[record]')
    const round = (id: string) => queueFacts(id, { open: false, afterHours: { type: 'queue', queueId: id } })
    expect(new Caller({ line }, { findQueue: round }).hears.at(-1)).toBe('[record]')
  })

  test('does not come back to the flow that led there', () => {
    const main = { sub: { type: 'subflow' as const, flow: 'other', next: 'after' }, after: hello }
    const other = { start: 'line', language: 'en-US', nodes: { line } }
    const flows = { main: { start: 'sub', language: 'en-US', nodes: main }, other }
    const caller = new Caller(flows.main, {
      definition: id => flows[id as keyof typeof flows],
      findFlow: id => ({ id, version: 1 }),
    })
    caller
      .take({ type: 'queued' })
      .take({ type: 'overflowed', overflow: { type: 'voicemail' } })
      .records(3)
    expect(caller.hears).toEqual(['Thank you. Your message has been saved. Goodbye.', '[hangUp]'])
  })
})

describe('taken by an agent', () => {
  test('with a telephone: it rings there, and the call is over with the conversation', () => {
    const caller = waiting().take({ type: 'taken', at: AGENT, queueId: 'sales' })
    expect(caller.run.script).toEqual([{ type: 'bridge', to: AGENT, callerId: '+12025550100', ringSeconds: 20 }])
    expect(caller.dialled('answered').hears).toEqual(['[hangUp]'])
  })

  test('who does not answer there: back to the old place', () => {
    const caller = waiting().take({ type: 'taken', at: AGENT, queueId: 'sales' }).dialled('busy')
    expect(caller.effects).toEqual([{ type: 'requeue' }])
    expect(caller.take({ type: 'queued' }).hears).toEqual([
      'Sorry, that did not work. You keep your place in line.',
      '♪ hold-music',
      '[resume]',
    ])
  })

  test('a call that comes back keeps its own way out', () => {
    const caller = new Caller(
      { own: { ...line, otherwise: 'hello' } as FlowNode, hello: { ...hello, next: null } as FlowNode },
      center(),
    )
    caller
      .take({ type: 'queued' })
      .take({ type: 'taken', at: AGENT, queueId: 'sales' })
      .dialled('busy')
      .take({ type: 'queued' })
    expect(caller.take({ type: 'overflowed', overflow: { type: 'hangUp' } }).hears).toEqual(['Hello.', '[hangUp]'])
  })

  test.each<[string, Record<string, FlowNode>]>([
    [
      'a menu',
      { ask: { type: 'menu', prompt: words('?'), options: [], timeoutSeconds: 5, retries: 0, otherwise: null } },
    ],
    [
      'a message that it is leaving',
      { note: { type: 'voicemail', queue: 'sales', prompt: words('!'), maxSeconds: 9, next: null } },
    ],
  ])('out of %s: it rings, and who does not answer leaves it in the line of the queue', (_name, nodes) => {
    const caller = new Caller(nodes, center()).take({ type: 'taken', at: AGENT, queueId: 'sales' })
    expect(caller.run.script).toMatchObject([{ type: 'bridge', to: AGENT }])
    expect(caller.dialled('busy').effects).toEqual([{ type: 'requeue' }])
    expect(caller.run.awaiting).toMatchObject({ type: 'queue', queueId: 'sales' })
  })

  test('a call that rings at another number is not taken from there', () => {
    const caller = new Caller({
      ring: { type: 'ring', target: { type: 'number', number: '+1' }, ringSeconds: 20, unanswered: null },
    })
    const { run } = caller
    expect(caller.take({ type: 'taken', at: AGENT, queueId: 'sales' }).run).toBe(run)
  })

  test('without a telephone: music until media come', () => {
    const caller = waiting({ music: 'https://sounds.example/a.mp3' }).take({
      type: 'taken',
      at: null,
      queueId: 'sales',
    })
    const music = ['♪ https://sounds.example/a.mp3', '[resume]']
    expect(caller.hears).toEqual(['Thank you for waiting. We are connecting you now.', ...music])
    expect(caller.waits().hears).toEqual(music)
    expect(caller.take({ type: 'queued' }).run.awaiting).toMatchObject({ type: 'queue', queueId: 'sales' })
  })
})
