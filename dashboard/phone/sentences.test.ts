import { describe, expect, test } from 'vitest'
import type { LineState } from '../../client/voice/protocol.ts'
import type { PhoneState } from './phone.ts'
import { farewell, situation, trouble } from './sentences.ts'
import { phoneWords } from './words.ts'

const { text } = phoneWords(['en'])
const LINE: LineState = {
  phase: 'menu',
  queue: null,
  agent: null,
  position: null,
  waitSeconds: null,
  canBeCalledBack: false,
  outcome: null,
}
const LEG = { leg: 'a', callId: 'a', as: 'caller', connection: 'connected', via: 'udp', muted: false, quality: null }
const calling = (line: Partial<LineState>, more: object = {}): PhoneState =>
  ({
    stage: 'calling',
    incoming: null,
    ending: null,
    socket: 'open',
    silenced: false,
    leg: LEG,
    line: { ...LINE, ...line },
    ...more,
  }) as PhoneState

describe('what a customer is told', () => {
  test.each([
    [{ phase: 'waiting' }, 'You are in line.'],
    [{ phase: 'waiting', position: 1 }, 'You are next in line.'],
    [{ phase: 'waiting', position: 2, waitSeconds: 170 }, 'You are number 2 in line, about 3 minutes.'],
    [{ phase: 'waiting', position: 2, waitSeconds: 60 }, 'You are number 2 in line, about 1 minute.'],
    [{ phase: 'waiting', waitSeconds: 5 }, 'You are in line, less than a minute.'],
    [{ phase: 'ringing' }, 'We are calling a colleague…'],
    [{ phase: 'ringing', agent: 'Ana' }, 'We are calling Ana…'],
    [{ phase: 'held', agent: 'Ana' }, 'Ana has put you on hold.'],
    [{ phase: 'message' }, 'Speak your message after the tone. Press any key when you are done.'],
  ] as const)('%j', (line, words) => expect(situation(calling(line), text)).toBe(words))

  test('the sound is connected before anything else is of interest', () => {
    expect(situation(calling({}, { leg: { ...LEG, connection: 'connecting' } }), text)).toBe('Connecting the sound…')
  })

  test('the most urgent trouble first', () => {
    const all = { socket: 'offline', silenced: true, leg: { ...LEG, connection: 'reconnecting', via: null } }
    expect(trouble(calling({}, all), text)).toBe(text.offline)
    expect(trouble(calling({}, { ...all, socket: 'reconnecting' }), text)).toBe(text.noServer)
    expect(trouble(calling({}, { ...all, socket: 'open' }), text)).toBe(text.reconnecting)
    expect(trouble(calling({}, { silenced: true }), text)).toBe(text.silenced)
    expect(trouble(calling({}, { leg: { ...LEG, quality: { level: 'poor' } } }), text)).toBe(text.poorHint)
    expect(trouble(calling({}, { leg: { ...LEG, via: 'socket' } }), text)).toBe(text.overSocket)
    expect(trouble(calling({}), text)).toBeNull()
    expect(trouble(calling({}, { stage: 'idle', socket: 'offline' }), text)).toBeNull()
  })

  test('an answer connects; who is promised a call is told to wait for it here', () => {
    const answering = { stage: 'dialling', incoming: { ring: 'r', from: null, name: null }, leg: null }
    expect(situation(calling({}, answering), text)).toBe(text.connecting)
    expect(situation(calling({}, { ...answering, incoming: null }), text)).toBe(text.dialling)
    const promised = { type: 'ended', reason: 'hung-up', outcome: 'callback' } as const
    expect(farewell(promised, text).remedy).toBe(text.keepOpen)
  })

  test('how it ended, by what became of it where that says more', () => {
    const ended = (reason: 'hung-up' | 'lost', outcome: string | null) =>
      farewell({ type: 'ended', reason, outcome }, text).title
    expect(ended('hung-up', 'voicemail')).toBe('Thank you. Your message has been taken.')
    expect(ended('hung-up', 'answered')).toBe('The call has ended.')
    expect(ended('lost', null)).toBe('The call was cut off.')
    expect(farewell({ type: 'refused', code: 'unheard_of', message: 'No lines today.' }, text).title).toBe(
      'No lines today.',
    )
  })

  test('in the first language of the browser that is spoken here', () => {
    expect(phoneWords(['de-DE', 'es-MX', 'en']).locale).toBe('es')
    expect(phoneWords(['', 'toString']).locale).toBe('en')
  })
})
