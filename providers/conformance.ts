import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, type Call, type CallFacts, isOver } from '../core/call.ts'
import type { Signal } from '../core/signal.ts'
import { type Provider, type Purpose, type RenderContext, UnreadableWebhook, type Webhook } from './provider.ts'

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
  /** The same webhook as somebody would send it who knows everything but the secret. */
  forge(webhook: Webhook): Webhook
  /** The same webhook without any proof of where it comes from. */
  strip(webhook: Webhook): Webhook
  /** Webhooks of the other providers. */
  strangers: Webhook[]
  /** Parts that this provider cannot be held to, with the reason. */
  skips: Partial<Record<'instructions' | 'callerName', string>>
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
        fc.property(webhook, fc.constantFrom<Purpose>('incoming', 'status'), (wild, purpose) => {
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
    it.skipIf(instructions)(`renders every action${instructions ? ` (skipped: ${instructions})` : ''}`, () => {
      for (const text of ['Please hold.', ...HOSTILE]) {
        const document = provider.render!(
          [
            { type: 'say', text, language: text.slice(0, 50) },
            { type: 'play', media: 'hold-music', loop: 0 },
            { type: 'hangUp' },
          ],
          CONTEXT,
        )
        expect(document.contentType).toMatch(/^(text\/xml|application\/json)/)
        expect(document.body.isWellFormed()).toBe(true)
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

const CONTEXT: RenderContext = {
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
    queue: null,
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
