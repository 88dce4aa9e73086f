import type { Action, Prompt } from '../../core/action.ts'
import { cleanLine } from '../../core/text.ts'
import { type Document, type RenderContext, telephoneOf } from '../provider.ts'

/** The longest text that one `talk` may have. */
const MAX_SPOKEN = 1500

type Url = [string]
type NccoAction =
  | { action: 'talk'; text: string; language: string; bargeIn?: true }
  | { action: 'stream'; streamUrl: Url; loop: number; bargeIn?: true }
  | {
      action: 'input'
      type: ('dtmf' | 'speech')[]
      dtmf: { timeOut: number; maxDigits: number; submitOnHash: true }
      speech?: { language: string; context: string[]; startTimeout: number }
      eventUrl: Url
      eventMethod: 'POST'
    }
  | {
      action: 'record'
      endOnSilence: number
      endOnKey: '#'
      timeOut: number
      beepStart: true
      eventUrl: Url
      eventMethod: 'POST'
    }
  | {
      action: 'connect'
      endpoint: [{ type: 'phone'; number: string }]
      from?: string
      timeout: number
      eventType: 'synchronous'
      eventUrl: Url
      eventMethod: 'POST'
    }
  | { action: 'notify'; payload: { ask: 'next' }; eventUrl: Url; eventMethod: 'POST' }

/** Actions to an NCCO. There is no verb for hanging up: a call whose list has ended is hung up. */
export function render(actions: Action[], context: RenderContext): Document {
  const end = actions.findIndex(action => action.type === 'hangUp')
  const ncco = (end === -1 ? actions : actions.slice(0, end)).flatMap(action => renderAction(action, context))
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(ncco) }
}

function renderAction(action: Action, context: RenderContext): NccoAction[] {
  const inputs = { eventUrl: [context.inputUrl] as Url, eventMethod: 'POST' as const }
  /** Its answer replaces what is left of the list: the documented way of handing the call back. */
  const askNext: NccoAction = { action: 'notify', payload: { ask: 'next' }, ...inputs }
  switch (action.type) {
    case 'say':
    case 'play':
      return renderPrompt(action, context)
    case 'gather':
      return [
        ...action.prompts
          .flatMap(prompt => renderPrompt(prompt, context))
          .map(prompt => ({ ...prompt, bargeIn: true as const })),
        {
          action: 'input',
          type: action.speech ? ['dtmf', 'speech'] : ['dtmf'],
          dtmf: {
            timeOut: within(action.timeoutSeconds, 1, 10),
            maxDigits: within(action.digits, 1, 20),
            submitOnHash: true,
          },
          ...(action.speech && {
            speech: {
              language: language(action.speech.language),
              context: action.speech.hints.flatMap(hint => cleanLine(hint, 100) ?? []),
              startTimeout: within(action.timeoutSeconds, 1, 10),
            },
          }),
          ...inputs,
        },
      ]
    case 'record':
      return [
        {
          action: 'record',
          // This makes the call wait until the recording has ended.
          endOnSilence: within(action.silenceSeconds, 3, 10),
          endOnKey: '#',
          timeOut: within(action.maxSeconds, 3, 7200),
          beepStart: true,
          eventUrl: [context.recordingUrl],
          eventMethod: 'POST',
        },
        // What the recording reports takes no answer.
        askNext,
      ]
    case 'bridge': {
      const from = digitsOf(action.callerId ?? '')
      return [
        {
          action: 'connect',
          endpoint: [{ type: 'phone', number: digitsOf(telephoneOf(action.to)) }],
          ...(from !== '' && { from }),
          timeout: within(action.ringSeconds, 1, 120),
          eventType: 'synchronous',
          ...inputs,
        },
        // Whichever end of the attempt takes no answer, the call comes back here.
        askNext,
      ]
    }
    case 'resume':
      return [askNext]
    case 'hangUp':
      return []
    default:
      return action satisfies never
  }
}

function renderPrompt(prompt: Prompt, context: RenderContext): Extract<NccoAction, { action: 'talk' | 'stream' }>[] {
  if (prompt.type === 'play') {
    return [{ action: 'stream', streamUrl: [context.mediaUrl(prompt.media)], loop: prompt.loop }]
  }
  const text = plainText(prompt.text)
  return text === null ? [] : [{ action: 'talk', text, language: language(prompt.language) }]
}

/** Text that starts with `<speak>` is read as markup: without angle brackets nobody's name can be any. */
const plainText = (text: string): string | null => cleanLine(text.replace(/[<>]/g, ' '), MAX_SPOKEN)

const language = (tag: string): string => cleanLine(tag, 35) ?? 'en-US'

/** Vonage writes international numbers without their plus sign. */
const digitsOf = (number: string): string => number.replace(/\D/g, '')

const within = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)
