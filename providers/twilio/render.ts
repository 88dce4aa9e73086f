import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js'
import type { Action, Prompt } from '../../core/action.ts'
import { cleanLine, cleanText } from '../../core/text.ts'
import { type Document, type RenderContext, telephoneOf } from '../provider.ts'

/** Together these keep the document, with every character escaped, below the 64 kB that Twilio reads. */
const MAX_SPOKEN = 8000
const MAX_HINTS = 2000

/** Twilio refuses a shorter or longer ring, in seconds. */
const RING = { least: 5, most: 600 }

/**
 * Actions to TwiML. Text is cleaned first: the builder throws on characters that XML cannot hold. What is said beyond
 * 8000 characters in one document is cut.
 */
export function render(actions: Action[], context: RenderContext): Document {
  const response = new VoiceResponse()
  const speech = new Speech(context)
  for (const action of actions) {
    switch (action.type) {
      case 'say':
      case 'play':
        speech.prompt(response, action)
        break
      case 'gather': {
        const gather = response.gather({
          input: action.speech ? ['dtmf', 'speech'] : ['dtmf'],
          numDigits: action.digits,
          timeout: action.timeoutSeconds,
          action: context.inputUrl,
          method: 'POST',
          // Otherwise silence would end the call: nothing stands after a gather.
          actionOnEmptyResult: true,
          ...(action.speech && {
            language: language(action.speech.language),
            speechTimeout: 'auto',
            ...hints(action.speech.hints),
          }),
        })
        for (const prompt of action.prompts) speech.prompt(gather, prompt)
        break
      }
      case 'record':
        response.record({
          action: context.inputUrl,
          method: 'POST',
          maxLength: action.maxSeconds,
          timeout: action.silenceSeconds,
          finishOnKey: '#',
          playBeep: true,
          trim: 'trim-silence',
          recordingStatusCallback: context.recordingUrl,
          recordingStatusCallbackMethod: 'POST',
          recordingStatusCallbackEvent: ['in-progress', 'completed', 'absent'],
        })
        // Where nothing was said Twilio does not report, but goes on.
        response.redirect({ method: 'POST' }, context.inputUrl)
        break
      case 'bridge': {
        const callerId = cleanLine(action.callerId)
        const dial = response.dial({
          action: context.inputUrl,
          method: 'POST',
          timeout: Math.min(Math.max(action.ringSeconds, RING.least), RING.most),
          answerOnBridge: true,
          ...(callerId !== null && { callerId }),
          ...(action.record && {
            record: 'record-from-answer-dual',
            recordingStatusCallback: context.recordingUrl,
            recordingStatusCallbackMethod: 'POST',
            recordingStatusCallbackEvent: ['in-progress', 'completed', 'absent'],
          }),
        })
        dial.number(
          {
            statusCallback: context.statusUrl,
            statusCallbackMethod: 'POST',
            statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
          },
          cleanLine(telephoneOf(action.to)) ?? '',
        )
        break
      }
      case 'resume':
        response.redirect({ method: 'POST' }, context.inputUrl)
        break
      case 'hangUp':
        response.hangup()
        break
      default:
        action satisfies never
    }
  }
  return { contentType: 'text/xml; charset=utf-8', body: response.toString() }
}

/** What the caller hears, within the length that one document may have. */
class Speech {
  readonly #context: RenderContext
  #left = MAX_SPOKEN

  constructor(context: RenderContext) {
    this.#context = context
  }

  prompt(into: Pick<VoiceResponse, 'say' | 'play'>, prompt: Prompt): void {
    if (prompt.type === 'play') {
      into.play({ loop: prompt.loop }, cleanText(this.#context.mediaUrl(prompt.media)))
      return
    }
    const text = cleanText(prompt.text.slice(0, this.#left))
    this.#left -= text.length
    if (text !== '') into.say({ language: language(prompt.language) }, text)
  }
}

type Language = Exclude<VoiceResponse.SayAttributes['language'], undefined> &
  Exclude<VoiceResponse.GatherAttributes['language'], undefined>

const language = (tag: string): Language => (cleanLine(tag, 35) ?? 'en-US') as Language

/** Commas part the hints, so none may hold one. */
function hints(words: string[]): { hints?: string } {
  const known = words.flatMap(word => cleanLine(word.replaceAll(',', ' '), 100) ?? []).join(',')
  return known === '' ? {} : { hints: known.slice(0, MAX_HINTS).toWellFormed() }
}
