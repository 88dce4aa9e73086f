import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { api } from '../api.ts'

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: async () => (await api.call(contract.listWebhooks)).items,
})

export type DeliveryFilter = Partial<
  Pick<z.input<NonNullable<typeof contract.listWebhookDeliveries.query>>, 'webhook' | 'status' | 'type' | 'q'>
>

export const deliveriesQuery = (filter: DeliveryFilter) =>
  infiniteQueryOptions({
    queryKey: ['webhookDeliveries', filter],
    queryFn: ({ pageParam, signal }) =>
      api.call(contract.listWebhookDeliveries, {
        query: { ...filter, limit: 50, ...(pageParam !== null && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.nextCursor,
    // What has been sent is in no event: each visit looks anew.
    staleTime: 0,
  })

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhookDelivery', id],
    queryFn: () => api.call(contract.getWebhookDelivery, { params: { id } }),
    staleTime: 0,
  })
