import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Call, isOver } from './call.ts'
import { advance, type CallFacts, type CallInput } from './callTurn.ts'
import { CONSENT_MODES, type ConsentMode, type ConsentRules, DEFAULT_CONSENT } from './consent.ts'
import { CallRefusal } from './refusal.ts'
import {
  accept,
  answerRecording,
  come,
  customerOf,
  decline,
  go,
  hangUp,
  isToBeRecorded,
  passTime,
  ring,
  signalsOf,
  type VoipCall,
  type VoipParty,
} from './voipCall.ts'
import { answerConsent, choicesOf, evidenceOf, type PageChoice, seekConsent, type VoipConsent } from './voipConsent.ts'

const START = Date.parse('2026-03-01T10:00:00.000Z')
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()
const rules = (mode: ConsentMode, more: Partial<ConsentRules> = {}): ConsentRules => ({
  ...DEFAULT_CONSENT,
  mode,
  ...more,
})
const seek = (mode: ConsentMode, more: Partial<ConsentRules> = {}) => seekConsent(rules(mode, more), null, [])
const say = (consent: VoipConsent, choice: PageChoice, language = 'en-US') =>
  answerConsent(consent, { choice, language, at: at(1) })

describe('what is asked of a call', () => {
  test('is what the rules say for our number and for where the customer is', () => {
    const strict = rules('none', { numbers: { '+12025550100': 'announce' }, regions: { DE: 'ask' } })
    const modeOf = (own: string | null, ...customer: string[]) => seekConsent(strict, own, customer).mode
    expect(modeOf(null)).toBe('none')
    expect(modeOf('+12025550100')).toBe('announce')
    expect(modeOf('+12025550100', '+4930123456')).toBe('ask')
    // Nobody knows at which of them a customer sits who has a page open.
    expect(modeOf(null, '+14155550142', '+4930123456')).toBe('ask')
    expect(seekConsent(strict, null, ['+14155550142', '+4930123456'])).toMatchObject({ policy: 'region', region: 'DE' })
  })

  test('is worded by the workspace, else in English and Spanish', () => {
    expect(seek('announce').words).toEqual({
      'en-US': 'This call may be recorded.',
      'es-ES': 'Esta llamada puede ser grabada.',
    })
    expect(seek('ask').words).toEqual({
      'en-US': 'May this call be recorded?',
      'es-ES': '¿Podemos grabar esta llamada?',
    })
    const own = { de: ' Wir zeichnen auf,  {caller.name}. ', fr: ' ' }
    expect(seek('announce', { announcement: own }).words).toEqual({ de: 'Wir zeichnen auf, .' })
    expect(seek('ask', { question: { en: 'May we?' } }).words).toEqual({ en: 'May we?' })
    expect(seek('none').words).toEqual({})
  })
})

describe('what the page can say', () => {
  test.each<[string, VoipConsent, PageChoice[], PageChoice[]]>([
    ['nothing where nobody has to know', seek('none'), [], []],
    ['that it shows it', seek('announce'), ['shown'], []],
    [
      'no to what is announced, where there is a way out',
      seek('announce', { optOutKey: '9' }),
      ['shown', 'decline'],
      ['decline'],
    ],
    ['yes or no to a question, and a yes can be taken back', seek('ask'), ['allow', 'decline'], ['decline']],
  ])('%s', (_, consent, before, after) => {
    expect(choicesOf(consent)).toEqual(before)
    const [first] = before
    if (first === undefined) return
    const said = say(consent, first)
    expect(choicesOf(said)).toEqual(after)
    expect(say(said, first)).toBe(said)
  })

  test('a no stays, whatever comes late', () => {
    const no = say(seek('ask'), 'decline')
    expect(say(no, 'allow')).toBe(no)
    expect(choicesOf(no)).toEqual([])
    const out = say(say(seek('announce', { optOutKey: '9' }), 'shown'), 'decline')
    expect(say(out, 'shown')).toBe(out)
  })

  test('nothing that it was not offered, and no words that it cannot have shown', () => {
    for (const attempt of [
      () => say(seek('announce'), 'decline'),
      () => say(seek('announce'), 'allow'),
      () => say(seek('ask'), 'shown'),
      () => say(seek('none'), 'shown'),
      () => say(seek('announce'), 'shown', 'de'),
      () => say(seek('announce'), 'shown', 'toString'),
    ])
      expect(attempt).toThrow(CallRefusal)
  })

  test('is evidence like that of a call by telephone', () => {
    expect(evidenceOf(seek('announce'))).toBeNull()
    expect(evidenceOf(say(seek('announce', { version: 7 }), 'shown', 'es-ES'))).toEqual({
      how: 'announced',
      given: true,
      policy: 'default',
      region: null,
      version: 7,
      heard: 'Esta llamada puede ser grabada.',
      language: 'es-ES',
      answer: null,
      by: null,
      at: at(1),
    })
    expect(evidenceOf(say(seek('ask'), 'decline'))).toMatchObject({ how: 'asked', given: false, answer: 'decline' })
  })
})

const CARLA: VoipParty = { id: 'p1', supabaseUserId: 'carla', type: 'PORTAL_CUSTOMER', name: 'Carla', phone: null }
const ANA: VoipParty = { id: 'p2', supabaseUserId: 'ana', type: 'CRM_USER', name: 'Ana', phone: null }
const ana = { id: 'ana', name: 'Ana' }
const begin = (consent: VoipConsent | null, from = CARLA, to = ANA): VoipCall =>
  ring({ id: 'c', roomName: 'call-1', provider: 'builtin', from, to, consent }, at(0))

describe('whose page can say it', () => {
  const answer = { choice: 'shown', language: 'en-US' } as const

  test('the customer’s, from when it calls or has answered', () => {
    expect(answerRecording(begin(seek('announce')), 'from', answer, at(1)).consent?.said?.choice).toBe('shown')
    const called = begin(seek('announce'), ANA, CARLA)
    expect(() => answerRecording(called, 'to', answer, at(1))).toThrow('not answered')
    expect(answerRecording(accept(called, 'to', at(1)), 'to', answer, at(2)).consent?.said?.choice).toBe('shown')
  })

  test('nobody else’s, and not once it is over or where nothing is recorded', () => {
    expect(() => answerRecording(begin(seek('announce')), 'to', answer, at(1))).toThrow('only the customer')
    expect(() => answerRecording(hangUp(begin(seek('announce')), 'from', at(1)), 'from', answer, at(2))).toThrow('over')
    expect(() => answerRecording(begin(null), 'from', answer, at(1))).toThrow('not recorded')
  })
})

const side = fc.constantFrom('from' as const, 'to' as const)
const happening = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('accept' as const), side }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('decline' as const, 'hangUp' as const), side }) },
  { weight: 8, arbitrary: fc.record({ what: fc.constantFrom('come' as const, 'go' as const), side, stay: fc.nat(2) }) },
  {
    weight: 20,
    arbitrary: fc.record({
      what: fc.constant('says' as const),
      side,
      choice: fc.constantFrom('shown' as const, 'allow' as const, 'decline' as const),
      language: fc.constantFrom('en-US', 'en-US', 'es-ES', 'de'),
    }),
  },
  // The call center is told of the call as it was so many changes ago.
  {
    weight: 20,
    arbitrary: fc.record({ what: fc.constantFrom('tellSignals' as const, 'tellConsent' as const), late: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('noted' as const), given: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('record' as const),
      recording: fc.constantFrom('on' as const, 'paused' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('time' as const), seconds: fc.integer({ min: 1, max: 20 }) }) },
)

test('in no order of events is anything recorded before the customer knows, or after it has said no', () => {
  const facts = {
    newCallId: 'x',
    card: {},
    contact: null,
    startFlow: null,
    flow: null,
    greeting: {},
  } as never as CallFacts
  let recorded = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...CONSENT_MODES, null),
      fc.constantFrom(null, '9'),
      fc.boolean(),
      fc.array(happening, { maxLength: 30, size: 'max' }),
      (mode, optOutKey, isInbound, happenings) => {
        const consent = mode && seek(mode, { optOutKey })
        const history = [isInbound ? begin(consent) : begin(consent, ANA, CARLA)]
        let call: Call | null = null
        let seconds = 0
        /** Kept beside what is tested: what the customer's page has said, and whether the call center has heard of a no. */
        let isTold = mode === 'none'
        let hasRefused = false
        let isNoHeard = false

        const change = (how: (call: VoipCall) => VoipCall): boolean => {
          try {
            history.push(how(history.at(-1)!))
            return true
          } catch (error) {
            if (!(error instanceof CallRefusal)) throw error
            return false
          }
        }
        const tell = (input: CallInput): boolean => {
          try {
            call = advance(call, input, { ...facts, from: 'Carla', to: 'Ana' }, at(seconds)).call
            return true
          } catch (error) {
            if (!(error instanceof CallRefusal)) throw error
            return false
          }
        }

        for (const each of happenings) {
          const now = at(++seconds)
          if (each.what === 'accept') change(voip => accept(voip, each.side, now))
          else if (each.what === 'decline') change(voip => decline(voip, each.side, now))
          else if (each.what === 'hangUp') change(voip => hangUp(voip, each.side, now))
          else if (each.what === 'come')
            change(voip => come(voip, { id: `${each.side}${each.stay}`, side: each.side }, now))
          else if (each.what === 'go')
            change(voip => go(voip, { id: `${each.side}${each.stay}`, side: each.side }, now))
          else if (each.what === 'says') {
            const isCustomers = each.side === customerOf(history[0]!)
            const worked = change(voip => answerRecording(voip, each.side, each, now))
            if (worked && !isCustomers) throw new Error('somebody else has answered for the customer')
            if (worked && each.choice === 'decline') hasRefused = true
            else if (worked && each.choice === (mode === 'ask' ? 'allow' : 'shown')) isTold = true
          } else if (each.what === 'tellSignals') {
            const known = history.at(-1 - each.late) ?? history[0]!
            for (const signal of signalsOf(known, ana)) tell({ type: 'signal', signal })
            call = { ...call!, agent: ana }
          } else if (each.what === 'tellConsent') {
            const said = (history.at(-1 - each.late) ?? history[0]!).consent
            const evidence = said && evidenceOf(said)
            if (call === null || evidence === null) continue
            tell({ type: 'pageConsent', consent: evidence })
            if (!evidence.given) isNoHeard = true
          } else if (each.what === 'noted') {
            if (call !== null && tell({ type: 'consent', given: each.given, by: ana })) isNoHeard ||= !each.given
          } else if (each.what === 'record') {
            if (call !== null) tell({ type: 'talk', talk: { type: 'record', recording: each.recording }, by: ana })
          } else if (each.what === 'time') {
            seconds += each.seconds
            change(voip => passTime(voip, null, at(seconds)))
          }

          const isRecorded: boolean = (call as Call | null)?.conversation?.recording === 'on'
          recorded += Number(isRecorded)
          if (isRecorded) expect([mode !== null, isTold]).toEqual([true, true])
          if (isRecorded) expect(isNoHeard).toBe(false)
          if (isToBeRecorded(history.at(-1)!)) expect([mode !== null, isTold, hasRefused]).toEqual([true, true, false])
        }
        // Told of everything as it is, whatever it was told before, nothing goes on that the customer does not want.
        const last = history.at(-1)!
        for (const signal of signalsOf(last, ana)) tell({ type: 'signal', signal })
        const evidence = last.consent && evidenceOf(last.consent)
        if (evidence !== null) tell({ type: 'pageConsent', consent: evidence })
        if (hasRefused) expect((call as Call | null)!.conversation?.recording ?? 'off').toBe('off')
        if (hasRefused) expect((call as Call | null)!.consent?.given).toBe(false)
        if (isOver(call!)) expect((call as Call | null)!.conversation).toBeNull()
      },
    ),
    { numRuns: 3000 },
  )
  // Else nothing would have been looked at.
  expect(recorded).toBeGreaterThan(1000)
})
