import type { Action, Destination, Media } from '../core/action.ts'
import type { Conversation } from '../core/conversation.ts'
import type { Signal } from '../core/signal.ts'

/**
 * The port through which calls reach us. One folder per provider implements it, and passes `conformance.ts`.
 * Vendor words stop here: what leaves `parse` is {@link Signal}, what enters `render` is {@link Action}.
 */
export interface Provider<Credentials, Account = never> {
  readonly name: string
  readonly capabilities: Capabilities
  /** Whether a webhook on a shared address is this provider's, from its shape alone. Never throws. */
  recognises(webhook: Webhook): boolean
  /** Whether the provider itself sent this. Constant time where a secret is compared. Never throws. */
  verify(webhook: Webhook, credentials: Credentials): Verdict
  /** Raw request to signals. Throws {@link UnreadableWebhook} with every field that is wrong. */
  parse(webhook: Webhook, purpose: Purpose): Parsed
  /** Actions to the document that this provider executes; null for one that takes no instructions in its answer. */
  render: ((actions: Action[], context: RenderContext) => Document) | null
  /** Commands that we send of our own accord; null for a provider that we send none to. */
  rest: ((account: Account, options?: RestOptions) => Commands) | null
}

/** What a provider can do. The core asks these, never a name. */
export interface Capabilities {
  /** Executes what we answer: the call is ours to control. */
  takesInstructions: boolean
  /** Its webhooks carry a signature over their content. */
  signsWebhooks: boolean
  /** Its reports carry an order of their own. */
  ordersReports: boolean
  /** Records a `bridge` where the script says so, from when the two are connected. */
  recordsBridges: boolean
  /** Agents speak in their own browser, and we say who hears whom: its commands `arrange`. */
  softphones: boolean
}

/** The number that a telephone network dials; empty, which none reaches, for softphones: core asks for none there. */
export const telephoneOf = (to: Destination): string => (to.type === 'number' ? to.number : '')

/** A request as it came over the wire, before anything is decoded. */
export interface Webhook {
  method: string
  /**
   * Full addresses under which the provider may know us, path and query exactly as received; never built from `Host`.
   * More than one only while no public address is configured.
   */
  urls: string[]
  /** Lower-case names. */
  headers: Record<string, string | undefined>
  body: Uint8Array
  /** Epoch milliseconds, for signatures that carry a time. */
  receivedAt: number
}

/**
 * What the address was meant for: `incoming`, the first request of a call; `input`, what came of a script (both are
 * answered with instructions); `status`, news of a call; `recording`, news of a recording.
 */
export type Purpose = 'incoming' | 'input' | 'status' | 'recording'

export type Verdict = { valid: true } | { valid: false; reason: string }

export interface Parsed {
  signals: Signal[]
  /** Makes a repeat of this very delivery recognisable; null where the provider gives nothing to know it by. */
  deliveryKey: string | null
  /** Whether the sender executes a document in the answer (else it gets JSON). */
  wantsDocument: boolean
}

/** Absolute addresses under which the provider reaches us. */
export interface RenderContext {
  /** Where the provider can fetch a sound; one on the web is already such an address. */
  mediaUrl(media: Media): string
  /** Where `gather`, `record`, `bridge` and `resume` report and ask what next; `?step=` names the script they end. */
  inputUrl: string
  /** Where a recording reports how far it has got. */
  recordingUrl: string
  /** Where a number that `bridge` dials reports its progress. */
  statusUrl: string
}

export interface Document {
  contentType: string
  body: string
}

export interface RestOptions {
  /** Where the provider's API is, instead of on its own host. */
  apiUrl?: string
}

/** What we can ask of a provider at any time. None of these throws. */
export interface Commands {
  /** Ends the script that plays now: the provider fetches its next one from `url`. */
  ask(call: ProviderCall, url: string): Promise<Told>
  hangUp(call: ProviderCall): Promise<Told>
  /** Calls `to` and, once it answers, fetches a script from `urls.answer`; `urls.status` hears of every step. */
  dial(to: Destination, from: string, urls: { answer: string; status: string }, ringSeconds: number): Promise<Dialled>
  sendText(to: string, from: string, text: string): Promise<Told>
  /** How the audio of a recording of the account is asked for: a GET, which may be redirected. The headers are secret. */
  recordingRequest?(url: string): { url: string; headers: Record<string, string> }
  /** Deletes a recording of the account. Of one that is not there (any more) it says `gone`. */
  deleteRecording?(recordingId: string): Promise<Told>
  /** Lets in whom the conversation names, and nobody else, and makes heard who is to be heard. An older revision changes nothing. */
  arrange?(call: ProviderCall, conversation: Conversation): Promise<Told>
}

export interface ProviderCall {
  providerCallId: string
}

/**
 * What came of a command. `gone`: the call that it is about is over, there is nothing to repeat. `retryable`: sending it
 * again may help, and cannot do it twice. `reason` is for people, and holds neither credentials nor numbers.
 */
export type Told = { done: true } | { done: false; gone: boolean; retryable: boolean; reason: string }

export type Dialled = Told & { providerCallId?: string }

export interface FieldProblem {
  path: string
  message: string
}

/** A webhook that cannot be read: the sender's fault, not worth a retry. */
export class UnreadableWebhook extends Error {
  readonly problems: FieldProblem[]
  constructor(message: string, problems: FieldProblem[] = []) {
    super(message)
    this.problems = problems
  }
}
