import type { CallState, CallStatus, Named } from './call.ts'
import type { Card } from './card.ts'
import type { SupportRequest } from './request.ts'

/**
 * What happened: one union, dotted past names. Events are written in the transaction of what they tell, numbered
 * without gaps per workspace, and everything else (screens, streams, activity log, reports) reads them from there.
 */
export type CenterEvent = CallEvent | RequestEvent | ContactEvent | AccessEvent

export type CallEvent =
  | { type: 'call.arrived'; call: CallState; card: Card }
  | { type: 'call.status_changed'; call: CallState; previousStatus: CallStatus }
  | { type: 'call.updated'; call: CallState }
  | { type: 'call.assigned'; call: CallState; agent: Named }
  /** A person has said who the caller is (or that it is none of the candidates: `call.contact` is null). */
  | { type: 'call.contact_settled'; call: CallState; by: Named }
  /** A call that somebody entered by hand. */
  | { type: 'call.logged'; call: CallState; by: Named }
  | { type: 'call.note_added'; call: CallState; note: { id: string; text: string }; by: Named }

export type RequestEvent =
  | { type: 'request.created'; request: SupportRequest; card: Card }
  | { type: 'request.updated'; request: SupportRequest; by: Named }

/** Personal data stays in the contact's own row: events of contacts carry ids and a name only. */
export type ContactEvent =
  | { type: 'contact.created'; contact: Named; by: Named }
  | { type: 'contact.updated'; contact: Named; by: Named }
  | { type: 'contact.deleted'; contact: Named; by: Named }
  | { type: 'contact.imported'; imported: number; rejected: number; by: Named }

export type AccessEvent =
  | { type: 'user.created'; user: Named; role: string; by: Named }
  | { type: 'user.updated'; user: Named; changed: string[]; by: Named }
  | { type: 'user.signed_in'; user: Named }
  | { type: 'user.signed_out'; user: Named }
  | { type: 'api_key.created'; key: Named; by: Named }
  | { type: 'api_key.revoked'; key: Named; by: Named }
  | { type: 'number.added'; number: Named; by: Named }
  | { type: 'number.removed'; number: Named; by: Named }
  | { type: 'workspace.created'; workspace: Named }

export type EventType = CenterEvent['type']
