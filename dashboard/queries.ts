import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query'
import * as contract from '../client/contract.ts'
import type { LiveEvent } from '../client/live.ts'
import { type AgentNow, agentAfter, agentNow } from '../react/agents.ts'
import { type CallQueue, type QueuedCall, queueAfter } from '../react/callQueue.ts'
import { type Offered, offersAfter } from '../react/offers.ts'
import { activityAfter, type Kind } from './activity/activity.ts'
import { api, queryClient } from './api.ts'
import { type CallFilter, callDetailsAfter, callsAfter } from './calls/calls.ts'
import type { Pages } from './live/pages.ts'
import { upToDate } from './live/stream.ts'
import { type RequestFilter, requestsAfter } from './requests/requests.ts'
import { webhooksQuery } from './settings/webhookQueries.ts'
import { callbacksAfter, voicemailsAfter, type Work, workAfter, workOf } from './voicemails/voicemails.ts'

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

/** What is being synced just now is asked for again while somebody looks at it. */
export const connectorsQuery = queryOptions({
  queryKey: ['connectors'],
  queryFn: async () => (await api.call(contract.listConnectors)).items,
  refetchInterval: 5000,
})

export const customFieldsQuery = queryOptions({
  queryKey: ['customFields'],
  queryFn: async () => (await api.call(contract.listCustomFields)).items,
})

export const queuesQuery = queryOptions({
  queryKey: ['queues'],
  queryFn: async () => (await api.call(contract.listQueues)).items,
})

export const promptsQuery = queryOptions({
  queryKey: ['prompts'],
  queryFn: async () => (await api.call(contract.listPrompts)).items,
})

export const voiceSettingsQuery = queryOptions({
  queryKey: ['voiceSettings'],
  queryFn: () => api.call(contract.getVoiceSettings),
})

export const hoursQuery = queryOptions({
  queryKey: ['hours'],
  queryFn: async () => (await api.call(contract.listHours)).items,
})

const callsGoingOn = (): QueuedCall[] =>
  (queryClient.getQueryData(queueQuery.queryKey)?.items ?? []).filter(item => item.kind === 'call')

export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: (): Promise<AgentNow[]> =>
    upToDate(
      api.call(contract.listAgents).then(({ items }) => items.map(agent => agentNow(agent, callsGoingOn()))),
      (agents, event) => agents.map(agent => agentAfter(agent, event)),
    ),
})

/** Who takes no calls any more, and whose calls are still under their name. */
export const retiredAgentsQuery = queryOptions({
  queryKey: ['agents', 'retired'],
  queryFn: async () => (await api.call(contract.listAgents, { query: { state: 'retired' } })).items,
})

/** Whoever is signed in, as an agent. */
export const myAgentQuery = queryOptions({
  queryKey: ['myAgent'],
  queryFn: (): Promise<AgentNow> =>
    upToDate(
      api.call(contract.getMyAgent).then(agent => agentNow(agent, callsGoingOn())),
      agentAfter,
    ),
})

/** What is offered to the signed-in agent; empty for those who take no calls. */
export const offersQuery = (agentId: string | null) =>
  queryOptions({
    queryKey: ['offers', agentId],
    queryFn: (): Promise<readonly Offered[]> =>
      upToDate(
        api.call(contract.listOffers).then(({ items }) => items),
        (offers: readonly Offered[], event) => offersAfter(offers, event, agentId),
      ),
    enabled: agentId !== null,
  })

export const voicemailsQuery = infiniteQueryOptions({
  queryKey: ['voicemails'],
  queryFn: ({ pageParam, signal }) =>
    onePageUpToDate(
      api.call(contract.listVoicemails, { query: pageOf(pageParam), signal }),
      pageParam,
      voicemailsAfter,
    ),
  initialPageParam: null as string | null,
  getNextPageParam: page => page.nextCursor,
})

export const callbacksQuery = infiniteQueryOptions({
  queryKey: ['callbacks'],
  queryFn: ({ pageParam, signal }) =>
    onePageUpToDate(api.call(contract.listCallbacks, { query: pageOf(pageParam), signal }), pageParam, callbacksAfter),
  initialPageParam: null as string | null,
  getNextPageParam: page => page.nextCursor,
})

/** What the signed-in agent has taken up besides calls. */
export const workQuery = (agentId: string | null) =>
  queryOptions({
    queryKey: ['work', agentId],
    queryFn: (): Promise<readonly Work[]> => {
      const query = { status: 'in-progress', limit: 200 } as const
      const both = Promise.all([
        api.call(contract.listVoicemails, { query }),
        api.call(contract.listCallbacks, { query }),
      ])
      return upToDate<readonly Work[]>(
        both.then(([voicemails, callbacks]) => workOf(agentId, voicemails.items, callbacks.items)),
        workAfter,
      )
    },
    enabled: agentId !== null,
  })

/** A recording as it is drawn; its audio is not needed for that. */
export const waveformQuery = (recordingId: string) =>
  queryOptions({
    queryKey: ['waveform', recordingId],
    queryFn: () => api.call(contract.getWaveform, { params: { id: recordingId } }),
    retry: false,
  })

/** Who has listened to a recording, the last one first. */
export const listenersQuery = (recordingId: string) =>
  queryOptions({
    queryKey: ['listeners', recordingId],
    queryFn: () => api.call(contract.listListeners, { params: { id: recordingId } }).then(({ items }) => items),
  })

/** Why a call went where it went. */
export const routingQuery = (callId: string) =>
  queryOptions({
    queryKey: ['routing', callId],
    queryFn: () => api.call(contract.getRouting, { params: { id: callId } }),
  })

export const flowsQuery = queryOptions({
  queryKey: ['flows'],
  queryFn: async () => (await api.call(contract.listFlows)).items,
})

export const flowQuery = (id: string) =>
  queryOptions({ queryKey: ['flow', id], queryFn: () => api.call(contract.getFlow, { params: { id } }) })

export const flowVersionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['flow', id, 'versions'],
    queryFn: async () => (await api.call(contract.listFlowVersions, { params: { id } })).items,
  })

const usersIn = (state: 'here' | 'left') =>
  infiniteQueryOptions({
    queryKey: ['users', state],
    queryFn: ({ pageParam, signal }) =>
      api.call(contract.listUsers, { query: { ...pageOf(pageParam), state }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
  })
export const usersQuery = usersIn('here')
export const formerUsersQuery = usersIn('left')
export const refreshUsers = () => queryClient.invalidateQueries({ queryKey: ['users'] })

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async () => (await api.call(contract.listSessions)).items,
  // Nothing tells a page that somebody has signed in elsewhere.
  staleTime: 0,
})

export const secondFactorQuery = queryOptions({
  queryKey: ['second-factor'],
  queryFn: () => api.call(contract.getSecondFactor),
})

export const signInPolicyQuery = queryOptions({
  queryKey: ['sign-in-policy'],
  queryFn: () => api.call(contract.getSignInPolicy),
})

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async () => (await api.call(contract.listApiKeys)).items,
})

export const callSettingsQuery = queryOptions({
  queryKey: ['call-settings'],
  queryFn: () => api.call(contract.getCallSettings),
})

export const diallingQuery = queryOptions({
  queryKey: ['dialling'],
  queryFn: () => api.call(contract.getDialling),
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
  patchLists(client, 'voicemails', event, voicemailsAfter)
  patchLists(client, 'callbacks', event, callbacksAfter)
  client.setQueriesData<readonly Work[]>({ queryKey: ['work'] }, work => work && workAfter(work, event))
  client.setQueryData(agentsQuery.queryKey, agents => agents?.map(agent => agentAfter(agent, event)))
  client.setQueryData(myAgentQuery.queryKey, agent => agent && agentAfter(agent, event))
  for (const [key, offers] of client.getQueriesData<readonly Offered[]>({ queryKey: ['offers'] })) {
    if (offers) client.setQueryData(key, offersAfter(offers, event, key[1] as string | null))
  }
  client.setQueriesData<contract.CallDetails>(
    { queryKey: ['call'] },
    details => details && callDetailsAfter(details, event),
  )
  switch (event.type) {
    case 'recording.started':
    case 'recording.completed':
    case 'recording.failed':
    case 'recording.held':
    case 'recording.released':
    case 'call.status_changed':
    case 'call.updated':
      // Events carry neither the legs nor where a recording is; whoever looks at them asks once more.
      void client.invalidateQueries({ queryKey: callQuery(event.call.id).queryKey })
      break
    case 'recording.heard':
      void client.invalidateQueries({ queryKey: listenersQuery(event.recordingId).queryKey })
      break
    case 'recording.available':
    case 'recording.transcribed':
      void client.invalidateQueries({ queryKey: callQuery(event.call.id).queryKey })
      if (event.of === 'voicemail') void client.invalidateQueries({ queryKey: voicemailsQuery.queryKey })
      break
    case 'recording.deleted':
      void client.invalidateQueries({ queryKey: callQuery(event.call.id).queryKey })
      void client.invalidateQueries({ queryKey: voicemailsQuery.queryKey })
      break
    case 'call.note_added':
      noteOnContact(client, event)
      break
    case 'call.queued':
    case 'call.requeued':
    case 'call.assigned':
    case 'offer.made':
    case 'offer.ended':
      // Who could be asked at that moment is not in the event; whoever looks at it asks once more.
      void client.invalidateQueries({ queryKey: routingQuery(event.call.id).queryKey })
      break
    case 'voicemail.left':
      // Nor does this one.
      void client.invalidateQueries({ queryKey: voicemailsQuery.queryKey })
      break
    case 'callback.failed':
      void client.invalidateQueries({ queryKey: callbacksQuery.queryKey })
      break
    case 'voicemail.taken_up':
    case 'callback.taken_up':
      void client.invalidateQueries({ queryKey: workQuery(event.agent.id).queryKey })
      break
    case 'agent.updated':
      // The event names what has changed; the new values are asked for.
      void client.invalidateQueries({ queryKey: agentsQuery.queryKey })
      void client.invalidateQueries({ queryKey: myAgentQuery.queryKey })
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
    case 'contact.merged':
      void client.invalidateQueries({ queryKey: ['contacts'] })
      void client.invalidateQueries({ queryKey: contactQuery(event.contact.id).queryKey })
      break
    case 'custom_field.created':
    case 'custom_field.updated':
    case 'custom_field.deleted':
      void client.invalidateQueries({ queryKey: customFieldsQuery.queryKey })
      break
    case 'user.created':
    case 'user.updated':
    case 'user.left':
    case 'user.returned':
    case 'user.second_factor_added':
    case 'user.second_factor_removed':
      void client.invalidateQueries({ queryKey: ['users'] })
      void client.invalidateQueries({ queryKey: agentsQuery.queryKey })
      break
    case 'queue.created':
    case 'queue.updated':
    case 'queue.deleted':
      void client.invalidateQueries({ queryKey: queuesQuery.queryKey })
      break
    case 'hours.created':
    case 'hours.updated':
    case 'hours.deleted':
      void client.invalidateQueries({ queryKey: hoursQuery.queryKey })
      break
    case 'prompt.created':
    case 'prompt.updated':
    case 'prompt.deleted':
      void client.invalidateQueries({ queryKey: promptsQuery.queryKey })
      break
    case 'flow.created':
    case 'flow.updated':
    case 'flow.published':
    case 'flow.deleted':
      // The open draft is somebody's work: it is not replaced from outside, and a save says when it is behind.
      void client.invalidateQueries({ queryKey: flowsQuery.queryKey })
      break
    case 'webhook.created':
    case 'webhook.updated':
    case 'webhook.deleted':
    case 'webhook.disabled':
      void client.invalidateQueries({ queryKey: webhooksQuery.queryKey })
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
