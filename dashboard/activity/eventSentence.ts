import type { z } from 'zod'
import type { Call, CenterEvent } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import { callerName } from '../live/announcement.ts'
import type { Text } from '../text/en.ts'

/**
 * One line of the event log in words. Events of a kind that this page does not know (a newer server's) are shown by
 * their type.
 */
export function eventSentence(entry: z.infer<typeof CenterEvent>, text: Text, country: string, format: string): string {
  const event = entry as unknown as LiveEvent
  const words = text.events
  const who = (call: Call) => callerName(call, { country, text })
  const figure = (value: number) => new Intl.NumberFormat(format).format(value)
  switch (event.type) {
    case 'call.arrived':
      return event.call.direction === 'inbound'
        ? words.arrivedInbound(who(event.call))
        : words.arrivedOutbound(who(event.call))
    case 'call.status_changed':
      return words.status[event.call.status](who(event.call))
    case 'call.updated':
      return words.updated(who(event.call))
    case 'call.assigned':
      return words.assigned(event.agent.name, who(event.call))
    case 'call.contact_settled':
      return event.call.contact
        ? words.settled(event.by.name, event.call.contact.name)
        : words.settledNobody(event.by.name)
    case 'call.logged':
      return words.logged(event.by.name, who(event.call))
    case 'call.note_added':
      return words.noted(event.by.name, who(event.call))
    case 'request.created':
      return words.requestCreated(event.request.contact?.name ?? event.request.userEmail, event.request.subject)
    case 'request.updated':
      return words.requestUpdated[event.request.status](event.by.name, event.request.subject)
    case 'contact.created':
      return words.contactCreated(event.by.name, event.contact.name)
    case 'contact.updated':
      return words.contactUpdated(event.by.name, event.contact.name)
    case 'contact.deleted':
      return words.contactDeleted(event.by.name, event.contact.name)
    case 'contact.imported':
      return words.contactsImported(event.by.name, figure(event.imported), figure(event.rejected))
    case 'user.created':
      return words.userCreated(event.by.name, event.user.name)
    case 'user.updated':
      return event.by.id === event.user.id
        ? words.ownProfileUpdated(event.user.name)
        : words.userUpdated(event.by.name, event.user.name)
    case 'user.signed_in':
      return words.signedIn(event.user.name)
    case 'user.signed_out':
      return words.signedOut(event.user.name)
    case 'api_key.created':
      return words.keyCreated(event.by.name, event.key.name)
    case 'api_key.revoked':
      return words.keyRevoked(event.by.name, event.key.name)
    case 'workspace.created':
      return words.workspaceCreated(event.workspace.name)
    default:
      return entry.type
  }
}
