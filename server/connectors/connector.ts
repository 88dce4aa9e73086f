import type { CallOutcome, Direction } from '../../core/call.ts'
import type { FieldGroup, SyncedFields } from '../../core/contactSync.ts'

/** The CRMs that there is a connector for. */
export const CRM_IDS = ['hubspot', 'salesforce'] as const
export type CrmId = (typeof CRM_IDS)[number]

/**
 * The port to somebody else's CRM: its people authorise us by OAuth (authorisation code with state and PKCE, refresh
 * tokens), and contacts and calls go both ways. A connector keeps nothing; every operation throws a
 * {@link ConnectorError} when it has not been done.
 */
export interface Connector {
  readonly id: CrmId
  /** As people call it. */
  readonly name: string
  /** What can be written there; everything can be read. */
  readonly writes: readonly FieldGroup[]

  /** Where the browser goes to allow it. */
  authoriseUrl(asked: { redirectUri: string; state: string; challenge: string }): string
  redeem(given: { code: string; verifier: string; redirectUri: string }): Promise<Tokens>
  renew(tokens: Tokens): Promise<Tokens>
  /** Gives the tokens back. */
  revoke(tokens: Tokens): Promise<void>
  /** Whose CRM it is, as its people call it. */
  account(tokens: Tokens): Promise<string>

  /**
   * One page of what has changed since the cursor, oldest first; null: everything there is. What is told may have been
   * told before, in particular at the seam of two runs; nothing is left out.
   */
  changes(tokens: Tokens, cursor: Cursor | null): Promise<ChangesPage>
  /**
   * Writes these fields. A contact that is not there yet is created, once: asked again for the same `contactId` (or
   * e-mail address, where that is what the CRM goes by), it is the same one.
   *
   * @returns its id there. Throws with kind `gone` when `remoteId` is not there any more.
   */
  save(
    tokens: Tokens,
    contact: { remoteId: string | null; contactId: string; fields: Partial<SyncedFields> },
  ): Promise<string>
  /** Deletes the contact there as its people would (it can be restored); it may be gone already. */
  remove(tokens: Tokens, remoteId: string): Promise<void>

  /** Logs a call with these contacts, or changes what is logged of it. @returns the id of the entry. */
  logCall(tokens: Tokens, call: CallEntry, remoteContactId: string, entryId: string | null): Promise<string>
  /** The entry of this call, if there is one: after an attempt that may have got as far as that. */
  findCall(tokens: Tokens, callId: string): Promise<string | null>
}

/** What we work with on somebody's behalf. A secret as a whole. */
export interface Tokens {
  accessToken: string
  refreshToken: string
  /** ISO 8601; null: it says so when it has expired. */
  expiresAt: string | null
  /** Where its API is, without a slash at the end. */
  apiUrl: string
}

/** How far reading has come, in the connector's own terms; JSON. */
export type Cursor = Record<string, unknown>

export interface ChangesPage {
  changes: RemoteChange[]
  cursor: Cursor
  /** Whether there is more to read at once. */
  more: boolean
}

export type RemoteChange =
  | { type: 'changed'; contact: RemoteContact }
  /** `mergedInto`: the id of the contact that it has become. */
  | { type: 'deleted'; remoteId: string; mergedInto: string | null }

export interface RemoteContact {
  remoteId: string
  /** As they are written there; numbers in any spelling. */
  fields: SyncedFields
  /** ISO 8601. */
  changedAt: string
}

/** A call that has ended, as a CRM logs it. */
export interface CallEntry {
  callId: string
  direction: Direction
  from: string | null
  to: string | null
  /** ISO 8601. */
  startedAt: string
  durationSeconds: number
  outcome: CallOutcome | null
  title: string
  /** What is known of it, a line each. */
  lines: string[]
  /** Our page of the call, for people who are signed in: a link to the audio itself would be dead after an hour. */
  callUrl: string
  /** The same, where there is something to hear. */
  recordingUrl: string | null
}

/**
 * Why something has not been done.
 *
 * - `expired`: the access token; a new one helps.
 * - `revoked`: its people have taken back what they allowed: nothing helps but connecting anew.
 * - `limited`: we ask too much; `retryMs` says when to ask again.
 * - `gone`: what it was about is not there any more.
 * - `refused`: it will be refused again. The message says why.
 * - `unreachable`: it may work later.
 */
export type ConnectorProblem = 'expired' | 'revoked' | 'limited' | 'gone' | 'refused' | 'unreachable'

/** The message is a sentence for whoever looks after the connection. */
export class ConnectorError extends Error {
  readonly kind: ConnectorProblem
  readonly retryMs: number | null

  constructor(kind: ConnectorProblem, message: string, retryMs: number | null = null) {
    super(message)
    this.kind = kind
    this.retryMs = retryMs
  }
}

/** As many numbers as a contact has room for there. */
export const SYNCED_PHONES = 2

/** Both CRMs keep the two parts of a name apart, and cannot do without the second. */
export function splitName(name: string): { first: string; last: string } {
  const words = name.trim().split(/\s+/)
  return { first: words.slice(0, -1).join(' '), last: words.at(-1) ?? '' }
}

export const joinName = (first: string | null | undefined, last: string | null | undefined): string =>
  [first, last]
    .map(part => part?.trim() ?? '')
    .filter(part => part !== '')
    .join(' ')
