import type { z } from 'zod'
import { updateMe } from '../../client/contract.ts'
import { api, queryClient } from '../api.ts'
import { meQuery } from '../queries.ts'

export async function changeMe(body: z.input<NonNullable<typeof updateMe.body>>): Promise<void> {
  const { user } = await api.call(updateMe, { body })
  queryClient.setQueryData(meQuery.queryKey, user)
}
