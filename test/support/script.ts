import { type Element, element } from './markup.ts'

/** How Twilio reaches the server under test. */
export const PUBLIC_URL = 'https://calls.example.com'

// What the server answers Twilio with, as the tests expect it: whole documents, every attribute included.

const input = (step: number): string => `${PUBLIC_URL}/api/twilio/ivr-input?step=${step}`

export const script = (...verbs: Element[]): Element => element('Response', {}, ...verbs)

export const say = (text: string, language = 'en-US'): Element => element('Say', { language }, text)

export const music = (loop = 1): Element => element('Play', { loop }, `${PUBLIC_URL}/media/hold-music.wav`)

export const resume = (step: number): Element => element('Redirect', { method: 'POST' }, input(step))

export const hangUp = (): Element => element('Hangup')

/** Keys only; with `hints`, also words of that language. */
export function gather(
  step: number,
  { digits = 1, timeout = 5, hints, language = 'en-US' }: GatherSettings,
  ...prompts: Element[]
): Element {
  const speech =
    hints === undefined ? { input: 'dtmf' } : { input: 'dtmf speech', language, speechTimeout: 'auto', hints }
  const { input: kinds, ...more } = speech
  return element(
    'Gather',
    {
      ...{ input: kinds, numDigits: digits, timeout, action: input(step), method: 'POST' },
      ...{ actionOnEmptyResult: 'true', ...more },
    },
    ...prompts,
  )
}

interface GatherSettings {
  digits?: number
  timeout?: number
  hints?: string
  language?: string
}

/** A message after the tone, and what follows where nothing is said. */
export const record = (step: number, maxSeconds = 120): Element[] => [
  element('Record', {
    ...{ action: input(step), method: 'POST', maxLength: maxSeconds, timeout: 5, finishOnKey: '#', playBeep: 'true' },
    ...{ trim: 'trim-silence', recordingStatusCallback: `${PUBLIC_URL}/api/twilio/recording-status` },
    ...{ recordingStatusCallbackMethod: 'POST', recordingStatusCallbackEvent: 'in-progress completed absent' },
  }),
  resume(step),
]

export const dial = (step: number, number: string, callerId: string, ringSeconds = 20, record = {}): Element =>
  element(
    'Dial',
    { action: input(step), method: 'POST', timeout: ringSeconds, answerOnBridge: 'true', callerId, ...record },
    element(
      'Number',
      {
        ...{ statusCallback: `${PUBLIC_URL}/api/twilio/call-status`, statusCallbackMethod: 'POST' },
        statusCallbackEvent: 'initiated ringing answered completed',
      },
      number,
    ),
  )

/** {@link dial}, recorded from when somebody answers. */
export const dialRecorded = (step: number, number: string, callerId: string): Element =>
  dial(step, number, callerId, 20, {
    ...{ record: 'record-from-answer-dual', recordingStatusCallback: `${PUBLIC_URL}/api/twilio/recording-status` },
    ...{ recordingStatusCallbackMethod: 'POST', recordingStatusCallbackEvent: 'in-progress completed absent' },
  })

/** What callers are told before they are recorded. */
export const recorded = (): Element => say('This call may be recorded.')
