/** A customer's written request for help, until somebody has dealt with it. Times are ISO 8601 in UTC. */
export interface SupportRequest {
  id: string
  /** The customer's id in the system that sent the request, as given. */
  userId: string | null
  userEmail: string
  subject: string
  description: string
  priority: RequestPriority
  /** E.164 where it parses, else as given. */
  phoneNumber: string | null
  status: RequestStatus
  contact: { id: string; name: string } | null
  /** Who has taken it up. */
  agent: { id: string; name: string } | null
  createdAt: string
  updatedAt: string
}

export type RequestPriority = 'low' | 'normal' | 'high' | 'urgent'
export type RequestStatus = 'pending' | 'in-progress' | 'done'

export const REQUEST_PRIORITIES: readonly RequestPriority[] = ['low', 'normal', 'high', 'urgent']
