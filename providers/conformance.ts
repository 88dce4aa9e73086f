import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action, Prompt } from '../core/action.ts'
import { type Call, isOver } from '../core/call.ts'
import { advance, type CallFacts } from '../core/callTurn.ts'
import type { InputResult, InputSignal, Signal } from '../core/signal.ts'
import {
  type Document,
  type Provider,
  type Purpose,
  type RenderContext,
  UnreadableWebhook,
  type Webhook,
} from './provider.ts'

/** What a provider's test hands in, in that provider's own words and signed with `credentials`. */
export interface Story<Credentials> {
  provider: Provider<Credentials>
  credentials: Credentials
  /** Credentials of an account that sent none of this. */
  otherCredentials: Credentials
  /** One inbound call in seven webhooks, as the provider would send them: it rings, somebody answers, it ends. */
  call(caller: Caller): Delivery[]
  /** A webhook about the call above with a status that nobody has heard of. */
  unknownStatus: Delivery
  /** A call with everything left out that may be left out. */
  bare: Delivery
  /** What came of a script, about the call above, sent to `url`; null for a provider that plays no scripts. */
  input: ((result: InputResult, url: string) => Webhook) | null
  /** The same webhook as somebody would send it who knows everything but the secret. */
  forge(webhook: Webhook): Webhook
  /** The same webhook without any proof of where it comes from. */
  strip(webhook: Webhook): Webhook
  /** Webhooks of the other providers. */
  strangers: Webhook[]
  /** Parts that this provider cannot be held to, with the reason. */
  skips: Partial<Record<'instructions' | 'callerName' | 'recordedInput', string>>
}

export interface Delivery {
  webhook: Webhook
  purpose: Purpose
}

export interface Caller {
  number: string
  name: string
}

const ALICE: Caller = { number: '+14155550100', name: 'Alice Example' }

/** Every webhook of a story, to be shown to the other providers. */
export function webhooksOf(story: Pick<Story<never>, 'call' | 'bare' | 'unknownStatus'>): Webhook[] {
  return [...story.call(ALICE), story.bare, story.unknownStatus].map(({ webhook }) => webhook)
}

/** Text that breaks what is careless: control characters, half a character, markup, and far too much of it. */
const HOSTILE = [
  '\u0000\u0007\u0008\u000b\u001b[31m',
  '\ud800 lone \udfff',
  '\ufffe\uffff',
  '</Say><Dial>+19005550100</Dial><Say>',
  '<speak><break time="9s"/></speak>',
  '"; DROP TABLE calls; --',
  '<script>alert(1)</script>',
  ']]>&lt;![CDATA[',
  '\u202egnp.exe',
  '__proto__',
  'x'.repeat(10_000),
]

/** Everything that can come of a script. */
const RESULTS: InputResult[] = [
  { type: 'none' },
  { type: 'digits', digits: '1' },
  { type: 'digits', digits: '0123456789*#' },
  { type: 'speech', text: 'I need support.', confidence: 0.91234 },
  { type: 'speech', text: 'Sales', confidence: null },
  { type: 'dialled', outcome: 'answered' },
  { type: 'dialled', outcome: 'busy' },
  { type: 'dialled', outcome: 'no-answer' },
  { type: 'dialled', outcome: 'failed' },
  { type: 'dialled', outcome: 'canceled' },
  {
    type: 'recorded',
    recordingId: 'RE0000000000000000000000000000000b',
    url: 'https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE0000000000000000000000000000000b',
    seconds: 14,
  },
]

const INPUT_URL = 'https://calls.example.com/api/calls/input'

const GATHER: Extract<Action, { type: 'gather' }> = {
  type: 'gather',
  prompts: [],
  digits: 1,
  timeoutSeconds: 5,
  speech: null,
}

/** One of each action, with the same text wherever a person or a customer can have put some. */
const scripts = (text: string): Action[][] => {
  const say: Prompt = { type: 'say', text, language: text }
  const play: Prompt = { type: 'play', media: `https://media.example.com/${text}`, loop: 1 }
  return [
    [say, play, { type: 'play', media: 'hold-music', loop: 0 }, { type: 'hangUp' }],
    [{ ...GATHER, prompts: [say, play], speech: { language: text, hints: [text, 'sales'] } }],
    [GATHER],
    [say, { type: 'record', maxSeconds: 120, silenceSeconds: 5 }],
    [
      {
        type: 'bridge',
        to: { type: 'number', number: `+14155550100${text}` },
        callerId: `+18005551212${text}`,
        ringSeconds: 20,
      },
    ],
    [{ type: 'bridge', to: { type: 'number', number: '+14155550100' }, callerId: null, ringSeconds: 20 }],
    [say, { type: 'resume' }],
  ]
}

/**
 * What a document makes the provider do: the names in it, and none of the values. Of XML the tags with the names of
 * their attributes, of JSON every path.
 */
function structureOf({ contentType, body }: Document): string[] {
  if (contentType.startsWith('application/json')) return pathsOf(JSON.parse(body))
  const tags = body.match(/<(?:"[^"]*"|[^"<>])*>/g) ?? []
  // Between the tags there is nothing that could begin one.
  expect(body.replace(/<(?:"[^"]*"|[^"<>])*>/g, '')).not.toContain('<')
  return tags.map(tag => tag.replace(/"[^"]*"/g, ''))
}

function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, `${path}/${name}`))
}

/** The one story that every provider must pass. */
export function itConforms<Credentials>(story: Story<Credentials>): void {
  const { provider, credentials } = story
  const deliveries = story.call(ALICE)
  const parse = ({ webhook, purpose }: Delivery): Signal[] => provider.parse(webhook, purpose).signals

  describe(`${provider.name} as a provider`, () => {
    it('recognises its own webhooks and not those of others', () => {
      for (const webhook of webhooksOf(story)) expect(provider.recognises(webhook)).toBe(true)
      for (const stranger of story.strangers) expect(provider.recognises(stranger)).toBe(false)
    })

    it('accepts what the provider sent, and refuses what is forged, unsigned, or from another account', () => {
      for (const { webhook } of deliveries) {
        expect(provider.verify(webhook, credentials)).toEqual({ valid: true })
        for (const [wrong, secrets] of [
          [story.forge(webhook), credentials],
          [story.strip(webhook), credentials],
          [webhook, story.otherCredentials],
        ] as const) {
          expect(provider.verify(wrong, secrets)).toEqual({ valid: false, reason: expect.stringMatching(/\w\.$/) })
        }
      }
    })

    it('tells of a call that rings, is answered and ends', () => {
      const statuses: string[] = []
      const call = deliveries.reduce<Call | null>((before, delivery) => {
        const after = hear(before, parse(delivery))
        if (after && after.status !== statuses.at(-1)) statuses.push(after.status)
        return after
      }, null)
      expect(statuses.filter(status => status !== 'initiated')).toEqual(['ringing', 'in-progress', 'completed'])
      expect(call).toMatchObject({
        provider: provider.name,
        direction: 'inbound',
        from: ALICE.number,
        callerName: story.skips.callerName ? null : ALICE.name,
        outcome: 'answered',
      })
    })

    it('gives every delivery a key of its own, and a repeat the same one', () => {
      const keys = deliveries.map(({ webhook, purpose }) => provider.parse(webhook, purpose).deliveryKey)
      const again = story.call(ALICE).map(({ webhook, purpose }) => provider.parse(webhook, purpose).deliveryKey)
      expect(again).toEqual(keys)
      const known = keys.filter(key => key !== null)
      expect(new Set(known).size).toBe(known.length)
    })

    it('ends in the same state whatever the order, with repeats in between', () => {
      const signals = deliveries.map(parse)
      const expected = JSON.stringify(settled(fold(signals)))
      let orders = 0
      for (const order of permutations(signals)) {
        orders += 1
        const actual = JSON.stringify(settled(fold(withRepeats(order, orders))))
        if (actual !== expected) expect(JSON.parse(actual)).toEqual(JSON.parse(expected))
      }
      expect(orders).toBe(5040)
    })

    it('keeps the call as it is when a status is unknown', () => {
      const ringing = fold(deliveries.slice(0, 3).map(parse))
      const after = hear(ringing, parse(story.unknownStatus))
      expect(settled(after)).toEqual(settled(ringing))
    })

    it('makes a call of a webhook that says almost nothing', () => {
      const call = fold([parse(story.bare)])
      expect(call).toMatchObject({ provider: provider.name, providerCallId: expect.stringMatching(/./), endedAt: null })
    })

    it('survives hostile text', () => {
      for (const text of HOSTILE) {
        const call = fold(story.call({ number: text, name: text }).map(parse))
        expect(call?.status).toBe('completed')
        for (const shown of [call?.callerName, call?.from]) {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be gone
          expect(shown ?? '').not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/)
          expect((shown ?? '').isWellFormed()).toBe(true)
          expect((shown ?? '').length).toBeLessThanOrEqual(255)
        }
      }
    })

    it('reads or refuses whatever comes, and never breaks', () => {
      const headers = fc.dictionary(fc.constantFrom(...Object.keys(deliveries[0]!.webhook.headers)), fc.string())
      const body = fc.oneof(
        fc.uint8Array(),
        fc.json().map(bytes),
        fc.webQueryParameters().map(bytes),
        fc.constantFrom(...deliveries.map(({ webhook }) => webhook.body)).chain(damaged),
      )
      const webhook = fc.record({
        method: fc.constantFrom('GET', 'POST', 'PUT'),
        urls: fc.array(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()), { maxLength: 2 }),
        headers,
        body,
        receivedAt: fc.constant(0),
      })
      fc.assert(
        fc.property(webhook, fc.constantFrom<Purpose>('incoming', 'input', 'status', 'recording'), (wild, purpose) => {
          provider.recognises(wild)
          expect(provider.verify(wild, credentials).valid).toBe(false)
          try {
            provider.parse(wild, purpose)
          } catch (error) {
            expect(error).toBeInstanceOf(UnreadableWebhook)
          }
        }),
        { numRuns: 300 },
      )
    })

    const { instructions } = story.skips
    const why = instructions ? ` (skipped: ${instructions})` : ''
    it.skipIf(instructions)(`renders every action${why}`, () => {
      const documentsOf = (text: string) => scripts(text).map(actions => provider.render!(actions, CONTEXT))
      const expected = documentsOf('Hello').map(structureOf)
      expect(new Set(expected.flat()).size).toBeGreaterThan(10)
      for (const text of HOSTILE) {
        const documents = documentsOf(`Hello ${text}`)
        expect(documents.map(structureOf)).toEqual(expected)
        for (const { contentType, body } of documents) {
          expect(contentType).toMatch(/^(text\/xml|application\/json)/)
          expect(body.isWellFormed()).toBe(true)
          expect(bytes(body).length).toBeLessThan(64 * 1024)
        }
      }
    })

    const { input } = story
    const heard = (webhook: Webhook): InputSignal => {
      const told = provider.parse(webhook, 'input').signals.filter(signal => signal.type === 'input')
      expect(told).toHaveLength(1)
      return told[0]!
    }
    const results = RESULTS.filter(({ type }) => type !== 'recorded' || !story.skips.recordedInput)

    it.skipIf(instructions)(`hears what came of a script, and is asked what next${why}`, () => {
      expect(input === null).toBe(provider.render === null)
      const [{ providerCallId } = { providerCallId: '' }] = parse(deliveries[0]!) as { providerCallId: string }[]
      for (const result of results) {
        const webhook = input!(result, `${INPUT_URL}?a=1&step=3`)
        expect(provider.recognises(webhook)).toBe(true)
        expect(provider.verify(webhook, credentials)).toEqual({ valid: true })
        for (const wrong of [story.forge(webhook), story.strip(webhook)]) {
          expect(provider.verify(wrong, credentials).valid).toBe(false)
        }
        expect(heard(webhook)).toMatchObject({ provider: provider.name, providerCallId, step: 3, result })
        expect(provider.parse(webhook, 'input').wantsDocument).toBe(true)
      }
    })

    it.skipIf(instructions)(`hears nothing new of the call in what came of a script${why}`, () => {
      const before = fold(deliveries.slice(0, 5).map(parse))!
      for (const result of results.filter(({ type }) => type !== 'dialled')) {
        const after = hear(before, provider.parse(input!(result, INPUT_URL), 'input').signals)!
        const { control, direction, from, to, status } = before
        expect(after).toMatchObject({ control, direction, from, to, status })
      }
    })

    it.skipIf(instructions)(`knows a repeat of what came of a script${why}`, () => {
      const delivered = (result: InputResult, step: number) => {
        const webhook = input!(result, `${INPUT_URL}?step=${step}`)
        return { key: heard(webhook).key, deliveryKey: provider.parse(webhook, 'input').deliveryKey }
      }
      const all = results.map(result => delivered(result, 3))
      expect(results.map(result => delivered(result, 3))).toEqual(all)
      const keys = all.map(({ deliveryKey }) => deliveryKey)
      expect(keys).not.toContain(null)
      expect(new Set(keys).size).toBe(results.length)
      expect(all.map(({ key }) => key)).not.toContain(null)
    })

    it.skipIf(instructions)(`takes the step of a script from the address, and only a whole number${why}`, () => {
      const stepAt = (query: string) => heard(input!({ type: 'none' }, INPUT_URL + query)).step
      expect(['?step=0', '?step=12&step=13', '?x=1&step=7#step=8'].map(stepAt)).toEqual([0, 12, 7])
      for (const query of ['', '?step=', '?step=-1', '?step=1.5', '?step=1e3', '?step=three', '?step=9999999999']) {
        expect(stepAt(query)).toBeNull()
      }
    })

    it.skipIf(instructions)(`believes nothing in what came of a script${why}`, () => {
      const resultOf = (result: InputResult) => heard(input!(result, `${INPUT_URL}?step=3`)).result
      for (const digits of [...HOSTILE, '1 2', '+1', '1,2', 'a', '٣', '１', '1\u0000;']) {
        const result = resultOf({ type: 'digits', digits })
        // Control characters are no keys, and are gone before anybody looks.
        if (result.type === 'digits') expect(result.digits).toMatch(/^[0-9*#A-D]+$/)
        else expect(result).toEqual({ type: 'none' })
      }
      expect(resultOf({ type: 'digits', digits: '7'.repeat(101) })).toEqual({ type: 'digits', digits: '7'.repeat(100) })
      for (const text of HOSTILE) {
        const result = resultOf({ type: 'speech', text, confidence: 7 })
        if (result.type !== 'speech') expect(result).toEqual({ type: 'none' })
        else {
          expect(result.text.length).toBeLessThanOrEqual(500)
          expect(result.text.isWellFormed()).toBe(true)
          expect(result.confidence).toBeNull()
        }
      }
    })

    it('says in its capabilities whether it takes instructions', () => {
      expect(provider.capabilities.takesInstructions).toBe(provider.render !== null)
      expect(deliveries.some(({ webhook, purpose }) => provider.parse(webhook, purpose).wantsDocument)).toBe(
        provider.capabilities.takesInstructions,
      )
    })
  })
}

export const CONTEXT: RenderContext = {
  mediaUrl: media => (media === 'hold-music' ? 'https://calls.example.com/media/hold-music.wav?a=1&b=2' : media),
  inputUrl: 'https://calls.example.com/input?step=3&a="',
  recordingUrl: 'https://calls.example.com/recording',
  statusUrl: 'https://calls.example.com/status',
}

/** When the story begins. What carries no time of its own counts as heard of now. */
const NOW = '2026-01-01T00:00:00.000Z'

/** One call made of all that was heard. Fails when a call that was over comes back to life. */
export function fold(reports: Signal[][]): Call | null {
  return reports.reduce<Call | null>(hear, null)
}

function hear(before: Call | null, signals: Signal[]): Call | null {
  return signals.reduce<Call | null>((call, signal) => {
    if (signal.type !== 'leg') return call
    const after = advance(call, { type: 'signal', signal }, factsOf(signal), NOW).call
    if (call !== null && isOver(call)) expect(isOver(after)).toBe(true)
    return after
  }, before)
}

/** The call without the order in which its legs were first heard of, which is all that may differ. */
export function settled(call: Call | null): Call | null {
  if (call === null) return null
  return { ...call, legs: call.legs.toSorted((a, b) => (a.providerLegId < b.providerLegId ? -1 : 1)) }
}

function factsOf(signal: { from: string | null; to: string | null }): CallFacts {
  return {
    newCallId: 'call',
    from: signal.from,
    to: signal.to,
    card: { match: { state: 'unknown', candidates: [] }, lastCalls: [], openRequests: [] },
    contact: null,
    startFlow: null,
    flow: null,
    greeting: { text: 'Please hold.', language: 'en-US' },
  }
}

/** Every order of the items (Heap's algorithm). The list that is handed out is reused. */
export function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  const list = [...items]
  const counts = list.map(() => 0)
  yield list
  for (let index = 1; index < list.length; ) {
    if (counts[index]! >= index) {
      counts[index] = 0
      index += 1
      continue
    }
    const other = index % 2 === 0 ? 0 : counts[index]!
    const item = list[index]!
    list[index] = list[other]!
    list[other] = item
    counts[index]! += 1
    index = 1
    yield list
  }
}

/** Some items twice, at places that differ from turn to turn and are the same in every run. */
function withRepeats<T>(items: readonly T[], turn: number): T[] {
  const list = [...items]
  for (let repeat = 0; repeat <= turn % 4; repeat++) {
    list.splice((turn * 31 + repeat * 17) % (list.length + 1), 0, items[(turn * 7 + repeat * 3) % items.length]!)
  }
  return list
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A real body with a few bytes changed or its end cut off. */
const damaged = (body: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.nat(Math.max(0, body.length - 1)), fc.nat(255), fc.boolean())
    .map(([at, byte, cut]) => (cut ? body.slice(0, at) : body.map((old, index) => (index === at ? byte : old))))
