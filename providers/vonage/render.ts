import type { Action } from '../../core/action.ts'
import { cleanLine } from '../../core/text.ts'
import type { Document, RenderContext } from '../provider.ts'

/** The longest text that one `talk` may have. */
const MAX_SPOKEN = 1500

type NccoAction =
  | { action: 'talk'; text: string; language: string }
  | { action: 'stream'; streamUrl: [string]; loop: number }

/** Actions to an NCCO. There is no verb for hanging up: a call whose list has ended is hung up. */
export function render(actions: Action[], context: RenderContext): Document {
  const ncco: NccoAction[] = []
  for (const action of actions) {
    if (action.type === 'hangUp') break
    switch (action.type) {
      case 'say': {
        const text = plainText(action.text)
        if (text !== null) ncco.push({ action: 'talk', text, language: cleanLine(action.language, 35) ?? 'en-US' })
        break
      }
      case 'play':
        ncco.push({ action: 'stream', streamUrl: [context.mediaUrl(action.media)], loop: action.loop })
        break
      default:
        action satisfies never
    }
  }
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(ncco) }
}

/** Text that starts with `<speak>` is read as markup: without angle brackets nobody's name can be any. */
const plainText = (text: string): string | null => cleanLine(text.replace(/[<>]/g, ' '), MAX_SPOKEN)
