import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query'
import * as contract from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import { type CallQueue, queueAfter } from '../react/callQueue.ts'
import { activityAfter, type Kind } from './activity/activity.ts'
import { api } from './api.ts'
import { type CallFilter, callDetailsAfter, callsAfter } from './calls/calls.ts'
import type { Pages } from './live/pages.ts'
import { upToDate } from './live/stream.ts'
import { type RequestFilter, requestsAfter } from './requests/requests.ts'

/*
 * Everything that is fetched, and under which key. Below stands what a live event makes of each, so that nothing has to
 * be fetched twice.
 */

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => api.call(contract.getMe) })

export const queueQuery = queryOptions({
  queryKey: ['queue'],
  queryFn: (): Promise<CallQueue> =>
    upToDate(
      api.call(contract.callQueue).then(({ items, seq }) => ({ items, seq })),
      queueAfter,
    ),
})

const pageOf = (cursor: string | null) => ({ limit: 50, ...(cursor === null ? {} : { cursor }) })

export const callsQuery = (filter: CallFilter) =>
  infiniteQueryOptions({
    queryKey: ['calls', filter],
    queryFn: ({ pageParam, signal }) =>
      onePageUpToDate(
        api.call(contract.listCalls, { query: { ...filter, ...pageOf(pageParam) }, signal }),
        pageParam,
        (calls, event) => callsAfter(calls, event, filter),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
  })

export const callQuery = (id: string) =>
  queryOptions({
    queryKey: ['call', id],
    queryFn: () => upToDate(api.call(contract.getCall, { params: { id } }), callDetailsAfter),
  })

export const requestsQuery = (filter: RequestFilter) =>
  infiniteQueryOptions({
    queryKey: ['requests', filter],
    queryFn: ({ pageParam, signal }) =>
      onePageUpToDate(
        api.call(contract.listRequests, { query: { ...filter, ...pageOf(pageParam) }, signal }),
        pageParam,
        (requests, event) => requestsAfter(requests, event, filter),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
  })

export const activityQuery = (kind: Kind) =>
  infiniteQueryOptions({
    queryKey: ['activity', kind],
    queryFn: ({ pageParam, signal }) =>
      onePageUpToDate(
        api.call(contract.listActivity, {
          query: { ...(kind === 'all' ? {} : { type: kind }), ...pageOf(pageParam) },
          signal,
        }),
        pageParam,
        (activity, event) => activityAfter(activity, event, kind),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
  })

export const contactsQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ['contacts', q],
    queryFn: ({ pageParam, signal }) => api.call(contract.listContacts, { query: { q, ...pageOf(pageParam) }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
  })

export const contactQuery = (id: string) =>
  queryOptions({ queryKey: ['contact', id], queryFn: () => api.call(contract.getContact, { params: { id } }) })

export const queuesQuery = queryOptions({
  queryKey: ['queues'],
  queryFn: async () => (await api.call(contract.listQueues)).items,
})

export const usersQuery = infiniteQueryOptions({
  queryKey: ['users'],
  queryFn: ({ pageParam, signal }) => api.call(contract.listUsers, { query: pageOf(pageParam), signal }),
  initialPageParam: null as string | null,
  getNextPageParam: page => page.nextCursor,
})

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async () => (await api.call(contract.listApiKeys)).items,
})

export const numbersQuery = queryOptions({
  queryKey: ['numbers'],
  queryFn: async () => (await api.call(contract.listNumbers)).items,
})

type Page<Item> = { items: Item[]; nextCursor: string | null }

/** Only the first page takes in what is new; others are as old as they are. */
async function onePageUpToDate<Item>(
  answer: Promise<Page<Item>>,
  cursor: string | null,
  after: (list: Pages<Item>, event: LiveEvent) => Pages<Item>,
): Promise<Page<Item>> {
  if (cursor !== null) return answer
  const list = await upToDate(
    answer.then((page): Pages<Item> => ({ pages: [page], pageParams: [cursor] })),
    after,
  )
  return list.pages[0]!
}

/** Brings all that has been fetched up to date with one event. */
export function applyEvent(client: QueryClient, event: LiveEvent): void {
  client.setQueryData(queueQuery.queryKey, queue => queue && queueAfter(queue, event))
  patchLists<contract.Call, CallFilter>(client, 'calls', event, callsAfter)
  patchLists<contract.SupportRequest, RequestFilter>(client, 'requests', event, requestsAfter)
  patchLists(client, 'activity', event, activityAfter)
  client.setQueriesData<contract.CallDetails>(
    { queryKey: ['call'] },
    details => details && callDetailsAfter(details, event),
  )
  switch (event.type) {
    case 'call.status_changed':
    case 'call.updated':
      // Events do not carry the legs; whoever looks at them asks once more.
      void client.invalidateQueries({ queryKey: callQuery(event.call.id).queryKey })
      break
    case 'call.note_added':
      noteOnContact(client, event)
      break
    case 'contact.created':
    case 'contact.imported':
      void client.invalidateQueries({ queryKey: ['contacts'] })
      break
    // Events of contacts name them and no more: what else is personal stays in its own place.
    case 'contact.updated':
    case 'contact.deleted':
      void client.invalidateQueries({ queryKey: ['contacts'] })
      void client.invalidateQueries({ queryKey: contactQuery(event.contact.id).queryKey })
      break
    case 'user.created':
    case 'user.updated':
      void client.invalidateQueries({ queryKey: usersQuery.queryKey })
      break
    case 'api_key.created':
    case 'api_key.revoked':
      void client.invalidateQueries({ queryKey: keysQuery.queryKey })
  }
}

function patchLists<Item, Filter>(
  client: QueryClient,
  name: string,
  event: LiveEvent,
  after: (list: Pages<Item>, event: LiveEvent, filter: Filter) => Pages<Item>,
): void {
  for (const [key, list] of client.getQueriesData<Pages<Item>>({ queryKey: [name] })) {
    if (list) client.setQueryData(key, after(list, event, key[1] as Filter))
  }
}

function noteOnContact(client: QueryClient, event: Extract<LiveEvent, { type: 'call.note_added' }>): void {
  const { call, note, by, at } = event
  if (call.contact === null) return
  client.setQueryData(contactQuery(call.contact.id).queryKey, contact => {
    if (!contact || contact.notes.some(({ id }) => id === note.id)) return contact
    return { ...contact, notes: [{ ...note, author: by.name, createdAt: at, callId: call.id }, ...contact.notes] }
  })
}
