import type { Prompt } from '../../core/action.ts'
import { type FlowDefinition, promptsOf } from '../../core/flow.ts'

/** Everything that a flow plays which is the same for all callers: what can be had ready before they call. */
export function flowPrompts({ nodes }: FlowDefinition): Prompt[] {
  return Object.values(nodes).flatMap((node): Prompt[] => {
    if (node.type === 'play') return [{ type: 'play', media: node.media, loop: 1 }]
    // A message is read, not heard.
    if (node.type === 'message') return []
    return promptsOf(node).flatMap(({ spoken: { text, audio = {} } }) => [
      ...Object.values(audio).map((media): Prompt => ({ type: 'play', media, loop: 1 })),
      ...Object.entries(text)
        .filter(([language, words]) => words.trim() !== '' && !words.includes('{') && !Object.hasOwn(audio, language))
        .map(([language, words]): Prompt => ({ type: 'say', text: words, language })),
    ])
  })
}
