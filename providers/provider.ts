import type { Action, Media } from '../core/action.ts'
import type { Signal } from '../core/signal.ts'

/**
 * The port through which calls reach us. One folder per provider implements it, and passes `conformance.ts`.
 * Vendor words stop here: what leaves `parse` is {@link Signal}, what enters `render` is {@link Action}.
 */
export interface Provider<Credentials> {
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
}

/** What a provider can do. The core asks these, never a name. */
export interface Capabilities {
  /** Executes what we answer: the call is ours to control. */
  takesInstructions: boolean
  /** Its webhooks carry a signature over their content. */
  signsWebhooks: boolean
  /** Its reports carry an order of their own. */
  ordersReports: boolean
}

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

/** What the address was meant for: the first request of a call (answered with instructions) or news of one. */
export type Purpose = 'incoming' | 'status'

export type Verdict = { valid: true } | { valid: false; reason: string }

export interface Parsed {
  signals: Signal[]
  /** Makes a repeat of this very delivery recognisable; null where the provider gives nothing to know it by. */
  deliveryKey: string | null
  /** Whether the sender executes a document in the answer (else it gets JSON). */
  wantsDocument: boolean
}

export interface RenderContext {
  /** Where the provider can fetch a sound that the server serves. */
  mediaUrl(media: Media): string
}

export interface Document {
  contentType: string
  body: string
}

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
