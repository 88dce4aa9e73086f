import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js'
import type { Action } from '../../core/action.ts'
import { cleanLine, cleanText } from '../../core/text.ts'
import type { Document, RenderContext } from '../provider.ts'

/** Keeps the document, with every character escaped, far below the 64 kB that Twilio reads. */
const MAX_SPOKEN = 4000

/** Actions to TwiML. Text is cleaned first: the builder throws on characters that XML cannot hold. */
export function render(actions: Action[], context: RenderContext): Document {
  const response = new VoiceResponse()
  for (const action of actions) {
    switch (action.type) {
      case 'say': {
        const text = cleanText(action.text.slice(0, MAX_SPOKEN))
        if (text !== '') response.say(language(action.language), text)
        break
      }
      case 'play':
        response.play({ loop: action.loop }, cleanText(context.mediaUrl(action.media)))
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

function language(tag: string): VoiceResponse.SayAttributes {
  return { language: (cleanLine(tag, 35) ?? 'en-US') as Exclude<VoiceResponse.SayAttributes['language'], undefined> }
}
