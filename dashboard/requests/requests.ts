import type { SupportRequest } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import { mapItems, type Pages, withItem } from '../live/pages.ts'

export interface RequestFilter {
  status?: SupportRequest['status'] | undefined
  /** Id of a contact. */
  contact?: string | undefined
}

export function requestsAfter(
  requests: Pages<SupportRequest>,
  event: LiveEvent,
  filter: RequestFilter,
): Pages<SupportRequest> {
  if ('request' in event) {
    const { request } = event
    const belongs =
      (filter.status === undefined || request.status === filter.status) &&
      (filter.contact === undefined || request.contact?.id === filter.contact)
    return withItem(requests, request, { belongs, at: each => each.createdAt })
  }
  if (event.type === 'contact.updated' || event.type === 'contact.deleted') {
    const contact = event.type === 'contact.deleted' ? null : event.contact
    return mapItems(requests, request => (request.contact?.id === event.contact.id ? { ...request, contact } : request))
  }
  return requests
}
