import type { Action, Prompt } from '../../core/action.ts'
import { cleanLine, cleanText } from '../../core/text.ts'
import type { Document, RenderContext } from '../provider.ts'

/** What the exchange plays: the actions in our own words, and the number that what comes of them is to name. */
export interface Script {
  step: number
  actions: Action[]
}

const MAX_TEXT = 8000

/** Actions to JSON, `{ step, actions }`. What somebody has written is cleaned; what is longer than 8000 characters is cut. */
export function render(actions: Action[], { inputUrl }: RenderContext): Document {
  const step = Number(/[?&]step=(\d{1,9})(?:[&#]|$)/.exec(inputUrl)?.[1] ?? 0)
  const script: Script = { step, actions: actions.map(clean) }
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(script) }
}

export const readScript = ({ body }: Document): Script => JSON.parse(body) as Script

function clean(action: Action): Action {
  switch (action.type) {
    case 'say':
    case 'play':
      return cleanPrompt(action)
    case 'gather':
      // Nobody here understands what is said: keys only.
      return { ...action, prompts: action.prompts.map(cleanPrompt), speech: null }
    case 'bridge':
      return { ...action, to: { ...action.to }, callerId: cleanLine(action.callerId) }
    case 'record':
    case 'resume':
    case 'hangUp':
      return action
    default:
      return action satisfies never
  }
}

const cleanPrompt = (prompt: Prompt): Prompt =>
  prompt.type === 'say'
    ? {
        ...prompt,
        text: cleanText(prompt.text.slice(0, MAX_TEXT)),
        language: cleanLine(prompt.language, 35) ?? 'en-US',
      }
    : prompt
