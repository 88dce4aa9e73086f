import type { Media } from './action.ts'
import type { Skills } from './agent.ts'
import { primaryLanguage } from './prompt.ts'

/**
 * What a caller goes through before and around a queue (IVR): a graph of nodes, each of which says where to go next.
 * A definition is data: it is drawn, stored as a version, compared and checked, and `flowRun.ts` plays it.
 */
export interface FlowDefinition {
  /** The node that a call begins with. */
  start: string
  /** Prompts that are not there in the caller's language are spoken in this one (BCP 47, such as `en-US`). */
  language: string
  nodes: Record<string, FlowNode>
}

/** Text per language (BCP 47). `{name}` stands for a variable; what is not set is left out. */
export type Text = Readonly<Record<string, string>>

/** What is heard: text is spoken, or a recording per language takes its place. */
export interface Spoken {
  text: Text
  /** Addresses of recordings per language, played in the place of the text. */
  audio?: Readonly<Record<string, Media>>
}

/** The id of a node of the same flow; null: nothing follows, and the call ends. */
export type Next = string | null

export type FlowNode =
  | SayNode
  | PlayNode
  | MenuNode
  | HoursNode
  | LanguageNode
  | SetNode
  | BranchNode
  | HttpNode
  | QueueNode
  | RingNode
  | VoicemailNode
  | CallbackNode
  | ConsentNode
  | MessageNode
  | HangUpNode
  | SubflowNode

interface Placed {
  /** What people call it; its id where there is none. */
  label?: string
  /** Where it is drawn. */
  position?: { x: number; y: number }
}

export interface SayNode extends Placed {
  type: 'say'
  prompt: Spoken
  next: Next
}

export interface PlayNode extends Placed {
  type: 'play'
  media: Media
  next: Next
}

export interface MenuNode extends Placed {
  type: 'menu'
  prompt: Spoken
  options: MenuOption[]
  /** How many keys are waited for; an input ends there. Left out: as many as the longest option has. */
  digits?: number
  /** Whole seconds after the prompt. */
  timeoutSeconds: number
  /** How often the prompt is repeated after no or a wrong input. */
  retries: number
  /** Said before the prompt is repeated after a wrong key, or after none. */
  invalid?: Spoken
  silence?: Spoken
  /**
   * Where any other keys lead, as many as fit: how an order number is asked for. Left out: what is no option is wrong.
   */
  entered?: Next
  /** Where calls go that never chose. */
  otherwise: Next
  /** Keeps the keys that were entered, or those of the option that was named. */
  saveAs?: string
}

export interface MenuOption {
  /** Keys, such as `1` or `42`. */
  digits: string
  /** Words per language that mean the same. */
  hints?: Readonly<Record<string, readonly string[]>>
  next: Next
}

export interface HoursNode extends Placed {
  type: 'hours'
  /** Id of the business hours. */
  hours: string
  open: Next
  closed: Next
}

export interface LanguageNode extends Placed {
  type: 'language'
  language: string
  next: Next
}

export interface SetNode extends Placed {
  type: 'set'
  variable: string
  /** With `{name}` for other variables. */
  value: string
  next: Next
}

export interface BranchNode extends Placed {
  type: 'branch'
  /** The first that holds decides. */
  cases: { when: Condition; next: Next }[]
  otherwise: Next
}

/**
 * What is compared: a variable (`order`), or what is known of the call: `caller.number`, `caller.country`,
 * `caller.name`, `called.number`, `contact.known` (`true` or `false`), `contact.name`, `contact.email`, `contact.company`,
 * `contact.type`, `contact.tags` (comma-separated), `contact.<metadata field>`, `language`.
 */
export interface Condition {
  value: string
  is: 'equal' | 'not-equal' | 'contains' | 'starts-with' | 'set' | 'not-set' | 'at-least' | 'at-most'
  /** Compared without regard to case; numbers as numbers for `at-least` and `at-most`. Not used by `set`, `not-set`. */
  to?: string
}

export interface HttpNode extends Placed {
  type: 'http'
  method: 'GET' | 'POST'
  /** With `{name}` for variables, which are encoded for a URL. */
  url: string
  /** JSON body of a POST: these variables and facts by name. */
  send?: string[]
  /** Whole milliseconds until the fallback is taken. */
  deadlineMs: number
  /** Variables from the JSON answer: name → path such as `customer.tier`. */
  save: Record<string, string>
  next: Next
  /** No answer in time, an error, or no JSON. */
  failed: Next
}

export interface QueueNode extends Placed {
  type: 'queue'
  /** Id or name of the queue. */
  queue: string
  requires?: Skills
  priority?: number
  /**
   * Where a call goes that may not wait (any longer); left out: what the queue says. Not for a queue that is closed:
   * there its own settings hold.
   */
  otherwise?: Next
}

export interface RingNode extends Placed {
  type: 'ring'
  target: { type: 'agent'; agent: string } | { type: 'number'; number: string }
  ringSeconds: number
  /** Nobody answered, it was busy, or it could not be reached. */
  unanswered: Next
}

export interface VoicemailNode extends Placed {
  type: 'voicemail'
  /** Whose work it is; id or name of a queue. */
  queue: string
  prompt: Spoken
  maxSeconds: number
  /** After it was left. */
  next: Next
}

export interface CallbackNode extends Placed {
  type: 'callback'
  queue: string
  /** Asks whether the caller wants to be called back at its number: 1 is yes. */
  prompt: Spoken
  confirmed: Spoken
  /** The caller declined, said nothing, or shows no number. */
  declined: Next
}

export interface ConsentNode extends Placed {
  type: 'consent'
  /** `announce`: who stays on the line agrees. `ask`: 1 is yes, 2 is no. */
  mode: 'announce' | 'ask'
  prompt: Spoken
  next: Next
  /** For `ask`; left out: as `next`, without consent. */
  refused?: Next
}

/** A text message to the caller. */
export interface MessageNode extends Placed {
  type: 'message'
  text: Text
  next: Next
  /** The caller shows no number that takes messages, or this provider sends none. */
  unsent: Next
}

export interface HangUpNode extends Placed {
  type: 'hangUp'
  prompt?: Spoken
}

export interface SubflowNode extends Placed {
  type: 'subflow'
  /** Id or name of the flow. */
  flow: string
  /** Where to go when it has come to its end. */
  next: Next
}

export const NODE_TYPES = [
  'say',
  'play',
  'menu',
  'hours',
  'language',
  'set',
  'branch',
  'http',
  'queue',
  'ring',
  'voicemail',
  'callback',
  'consent',
  'message',
  'hangUp',
  'subflow',
] as const satisfies readonly FlowNode['type'][]

/** A way out of a node. `name`: the field that holds it, as people may read it. */
export interface Exit {
  name: string
  next: Next
}

/** Every way out of a node to others of the same flow. */
export function exitsOf(node: FlowNode): Exit[] {
  const exits = (ways: Record<string, Next>): Exit[] => Object.entries(ways).map(([name, next]) => ({ name, next }))
  switch (node.type) {
    case 'say':
    case 'play':
    case 'language':
    case 'set':
    case 'voicemail':
    case 'subflow':
      return exits({ next: node.next })
    case 'menu':
      return [
        ...node.options.map(({ digits, next }) => ({ name: `option ${digits}`, next })),
        ...(node.entered === undefined ? [] : exits({ entered: node.entered })),
        ...exits({ otherwise: node.otherwise }),
      ]
    case 'hours':
      return exits({ open: node.open, closed: node.closed })
    case 'branch':
      return [
        ...node.cases.map(({ next }, index) => ({ name: `case ${index + 1}`, next })),
        ...exits({ otherwise: node.otherwise }),
      ]
    case 'http':
      return exits({ next: node.next, failed: node.failed })
    case 'queue':
      return node.otherwise === undefined ? [] : exits({ otherwise: node.otherwise })
    case 'ring':
      return exits({ unanswered: node.unanswered })
    case 'callback':
      return exits({ declined: node.declined })
    case 'consent':
      return exits(node.refused === undefined ? { next: node.next } : { next: node.next, refused: node.refused })
    case 'message':
      return exits({ next: node.next, unsent: node.unsent })
    case 'hangUp':
      return []
    default:
      return node satisfies never
  }
}

/** Everything that a node says by itself, with the field that holds it. */
export function promptsOf(node: FlowNode): { name: string; spoken: Spoken }[] {
  const prompts = (fields: Record<string, Spoken | undefined>) =>
    Object.entries(fields).flatMap(([name, spoken]) => (spoken === undefined ? [] : [{ name, spoken }]))
  switch (node.type) {
    case 'menu':
      return prompts({ prompt: node.prompt, invalid: node.invalid, silence: node.silence })
    case 'callback':
      return prompts({ prompt: node.prompt, confirmed: node.confirmed })
    case 'message':
      return prompts({ text: { text: node.text } })
    case 'say':
    case 'voicemail':
    case 'consent':
    case 'hangUp':
      return prompts({ prompt: node.prompt })
    default:
      return []
  }
}

export const languagesIn = ({ text, audio = {} }: Spoken): string[] => [
  ...Object.keys(text).filter(tag => text[tag]!.trim() !== ''),
  ...Object.keys(audio),
]

/** The languages that callers are spoken to in: one tag for each. */
export function languagesOf({ nodes }: Pick<FlowDefinition, 'nodes'>): string[] {
  const tags = Object.values(nodes).flatMap(node => promptsOf(node).flatMap(({ spoken }) => languagesIn(spoken)))
  return [...new Map(tags.toReversed().map(tag => [primaryLanguage(tag), tag])).values()].toSorted()
}
