import { RequestStatus } from '../../client/contract.ts'
import type { RequestFilter } from './requests.ts'

/** What stands in the address of the requests: which are listed, and which one is open. */
export interface RequestSearch {
  status?: RequestFilter['status']
  /** Id of the one that is open. */
  request?: string | undefined
}

export function readRequestSearch(search: Record<string, unknown>): RequestSearch {
  const status = RequestStatus.safeParse(search.status).data
  return {
    ...(status && { status }),
    ...(typeof search.request === 'string' && search.request !== '' && { request: search.request }),
  }
}
