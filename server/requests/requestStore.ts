import type { RequestStatus, SupportRequest } from '../../core/request.ts'
import type { Sql, Tx } from '../platform/db.ts'

interface RequestRow {
  id: string
  user_id: string | null
  user_email: string
  subject: string
  description: string
  priority: SupportRequest['priority']
  phone_number: string | null
  status: RequestStatus
  contact_id: string | null
  contact_name: string | null
  agent_id: string | null
  agent_name: string | null
  created_at: Date
  updated_at: Date
}

const SELECT = `select r.id, r.user_id, r.user_email, r.subject, r.description, r.priority, r.phone_number, r.status,
    r.contact_id, k.name as contact_name, r.agent_id, u.name as agent_name, r.created_at, r.updated_at
  from support_requests r
  left join contacts k on k.workspace_id = r.workspace_id and k.id = r.contact_id
  left join agents a on a.workspace_id = r.workspace_id and a.id = r.agent_id
  left join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
  where r.workspace_id = current_workspace()`

const present = (row: RequestRow): SupportRequest => ({
  id: row.id,
  userId: row.user_id,
  userEmail: row.user_email,
  subject: row.subject,
  description: row.description,
  priority: row.priority,
  phoneNumber: row.phone_number,
  status: row.status,
  contact: row.contact_id === null ? null : { id: row.contact_id, name: row.contact_name ?? '' },
  agent: row.agent_id === null ? null : { id: row.agent_id, name: row.agent_name ?? '' },
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
})

export async function insertRequest(sql: Sql, request: SupportRequest, customerKey: string | null): Promise<void> {
  await sql.query(
    `insert into support_requests (workspace_id, id, user_id, user_email, subject, description, priority, phone_number,
       customer_key, status, contact_id, created_at, updated_at)
     values (current_workspace(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`,
    [
      request.id,
      request.userId,
      request.userEmail,
      request.subject,
      request.description,
      request.priority,
      request.phoneNumber,
      customerKey,
      request.status,
      request.contact?.id ?? null,
      request.createdAt,
    ],
  )
}

export async function findRequest(sql: Sql, id: string): Promise<SupportRequest | null> {
  const rows = await sql.query<RequestRow>(`${SELECT} and r.id = $1`, [id])
  return rows[0] ? present(rows[0]) : null
}

/** One request, locked until the transaction ends. */
export async function lockRequest(sql: Sql, id: string): Promise<SupportRequest | null> {
  const rows = await sql.query<RequestRow>(`${SELECT} and r.id = $1 for update of r`, [id])
  return rows[0] ? present(rows[0]) : null
}

export async function updateRequest(sql: Sql, request: SupportRequest): Promise<void> {
  await sql.query(
    `update support_requests set status = $2, agent_id = $3, updated_at = $4
     where workspace_id = current_workspace() and id = $1`,
    [request.id, request.status, request.agent?.id ?? null, request.updatedAt],
  )
}

/** What this agent had begun and not finished waits for somebody else. Returns those requests as they are now. */
export async function handBackRequests(tx: Tx, agentId: string): Promise<SupportRequest[]> {
  const handed = await tx.query<{ id: string }>(
    `update support_requests set status = 'pending', agent_id = null, updated_at = $2
     where workspace_id = current_workspace() and agent_id = $1 and status = 'in-progress' returning id`,
    [agentId, tx.now],
  )
  const ids = handed.map(({ id }) => id)
  return (await tx.query<RequestRow>(`${SELECT} and r.id = any($1::uuid[])`, [ids])).map(present)
}

/** The last request of a page, newest first: everything after it is older. */
export interface RequestCursor {
  createdAt: string
  id: string
}

export async function listRequests(
  sql: Sql,
  filter: { status?: RequestStatus | undefined; contactId?: string | undefined },
  limit: number,
  after: RequestCursor | null = null,
): Promise<SupportRequest[]> {
  const values: unknown[] = []
  const conditions: string[] = []
  const value = (item: unknown): string => `$${values.push(item)}`
  if (filter.status) conditions.push(`and r.status = ${value(filter.status)}`)
  if (filter.contactId) conditions.push(`and r.contact_id = ${value(filter.contactId)}`)
  if (after)
    conditions.push(`and (r.created_at, r.id) < (${value(after.createdAt)}::timestamptz, ${value(after.id)}::uuid)`)
  const rows = await sql.query<RequestRow>(
    `${SELECT} ${conditions.join(' ')} order by r.created_at desc, r.id desc limit ${value(limit)}`,
    values,
  )
  return rows.map(present)
}

/** The one contact with this e-mail address; null when nobody has it, or several do. */
export async function contactByEmail(sql: Sql, email: string): Promise<{ id: string; name: string } | null> {
  const rows = await sql.query<{ id: string; name: string }>(
    `select id, name from contacts where workspace_id = current_workspace() and email_key = left(lower($1), 254) limit 2`,
    [email],
  )
  return rows.length === 1 ? rows[0]! : null
}
