import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { SignJWT } from 'jose'
import { v7 as newId } from 'uuid'
import type { Role } from '../../core/role.ts'
import { createSessionCookie } from '../../server/access/sessionCookie.ts'
import { openSession } from '../../server/access/sessionStore.ts'
import { promiseCallbacks } from '../../server/callbacks/callbackStore.ts'
import { promptFile } from '../../server/prompts/promptFiles.ts'
import { recordingFile } from '../../server/recordings/recordingFile.ts'
import { keepVoicemails } from '../../server/voicemails/voicemailStore.ts'
import type { TestServer } from './server.ts'

export type Headers = Record<string, string>

/** What the portal signs its customers’ tokens with: `SUPABASE_JWT_SECRET` of the server. */
export const PORTAL_SECRET = 'the-secret-of-the-portal-0123456789abcdef'

/** A company with one of each thing, all of whose texts say whose they are. */
export interface Company {
  id: string
  /** Stands in everything that it has. */
  secret: string
  /** A key. */
  everyPermission: Headers
  people: Record<Role, string>
  participant: Headers
  contactId: string
  /** Whatever can stand in the place of a parameter: ids and names of what it has. */
  things: string[]
}

/** The cookie of a new session of its person of this role. */
export async function signInTo(app: TestServer['app'], company: Pick<Company, 'id' | 'people'>, role: Role) {
  const { token } = await app.db.inWorkspace(company.id, tx => openSession(tx, company.people[role]))
  return { cookie: `${createSessionCookie(null).name}=${token}` }
}

const portalToken = (subject: string): Promise<string> =>
  new SignJWT({ role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(PORTAL_SECRET))

/** @param name one word. */
export async function foundCompany(server: TestServer, name: string, number: string): Promise<Company> {
  const { db, config } = server.app
  const word = name.toLowerCase()
  const secret = `${name} only`
  const email = (who: string) => `${who}@${word}.example`

  const made = await server.api('/api/workspaces', {
    json: { name, adminEmail: email('admin'), adminPassword: 'four quite unlikely words' },
  })
  const { workspace, apiKey } = made.body as { workspace: { id: string }; apiKey: string }
  const everyPermission = { 'x-api-key': apiKey }

  async function make<Made = unknown>(
    path: string,
    json: unknown,
    method = 'POST',
    headers: Headers = everyPermission,
  ) {
    const response = await fetch(server.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
    })
    const body = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(body)}`)
    return body as Made
  }
  type One<Noun extends string> = Record<Noun, { id: string }>

  for (const role of ['supervisor', 'agent'] as const)
    await make('/api/users', { email: email(role), name: secret, role, takesCalls: role === 'agent' })
  await make('/api/numbers', { number, label: secret, queue: 'support' })
  await make('/api/hours', { name: secret, timeZone: 'UTC', weekly: [] })
  await make('/api/queues', { name: `${word}-only` })
  const { items: queues } = await server
    .api('/api/queues', { headers: everyPermission })
    .then(({ body }) => body as { items: { id: string }[] })
  // What rings does so for as long as anything here takes.
  for (const { id } of queues) await make(`/api/queues/${id}`, { ringSeconds: 600, maxWaitSeconds: null }, 'PATCH')
  await make('/api/flows', { name: secret })
  await make('/api/custom-fields', { name: `${word}_only`, label: secret, type: 'text' })
  const customer = { name: secret, phones: ['+14155550177'], externalId: `${word}-external` }
  await make('/api/contacts', customer)
  const { contact } = await make<One<'contact'>>('/api/contacts', { name: secret })
  const { call } = await make<One<'call'>>('/api/admin/customer-service/calls', {
    contactId: contact.id,
    customerPhone: '+14155550177',
    direction: 'inbound',
    subject: secret,
    notes: secret,
  })
  await make('/api/customer/support-request', {
    userEmail: email('customer'),
    subject: secret,
    description: secret,
    phoneNumber: '+14155550177',
    workspaceId: workspace.id,
  })
  const { webhook } = await make<One<'webhook'>>('/api/webhooks', { name: secret, url: 'https://example.com/' })
  await make(`/api/webhooks/${webhook.id}`, { enabled: false }, 'PATCH')

  const subjects = [`${name}-portal`, `${name}-crm`] as const
  for (const [supabaseUserId, type] of [
    [subjects[0], 'PORTAL_CUSTOMER'],
    [subjects[1], 'CRM_USER'],
  ] as const)
    await make('/api/voip/participants', {
      supabaseUserId,
      type,
      firstName: secret,
      lastName: secret,
      email: email(type.toLowerCase()),
    })
  const participant = { authorization: `Bearer ${await portalToken(subjects[0])}` }

  const [recordingId, promptId] = [`${word}-recording`, newId()]
  const people = await db.inWorkspace(workspace.id, async tx => {
    const left = { callId: call.id, queueId: queues[0]!.id, leftAt: '2026-01-05T12:00:00.000Z' }
    const message = { recordingId: `${word}-message`, url: 'https://recordings.example/1', seconds: 5 }
    await keepVoicemails(tx, [{ ...left, ...message, id: newId() }])
    await promiseCallbacks(tx, [{ ...left, id: newId(), number: '+14155550177', promisedAt: left.leftAt }])
    await tx.query(
      `insert into recordings (workspace_id, id, call_id, kind, provider, status, seconds, started_at, completed_at, peaks,
         transcript, transcript_masked)
       values ($1, $2, $3, 'call', 'builtin', 'completed', 1, now(), now(), '[[0]]', $4, $4)`,
      [workspace.id, recordingId, call.id, secret],
    )
    await tx.query(
      `insert into webhook_deliveries (workspace_id, id, endpoint_id, type, key, status, due_at, created_at, ended_at)
       values ($1, $2, $3, 'contact.created', 'x', 'failed', now(), now(), now())`,
      [workspace.id, newId(), webhook.id],
    )
    await tx.query(
      `insert into prompts (workspace_id, id, name, language, sha256, seconds, bytes, created_by)
       values ($1, $2, $3, 'en', $4, 1, 1, 'x')`,
      [workspace.id, promptId, secret, '0'.repeat(64)],
    )
    const users = await tx.query<{ id: string; role: Role }>('select id, role from users')
    const byRole = Object.fromEntries(users.map(({ id, role }) => [role, id])) as Record<Role, string>
    await tx.query(
      'insert into second_factors (workspace_id, user_id, seed, confirmed_at) values ($1, $2, $3, now())',
      [workspace.id, byRole.supervisor, Buffer.alloc(1)],
    )
    return byRole
  })
  for (const file of [
    recordingFile(config.dataDir, workspace.id, recordingId),
    promptFile(config.dataDir, workspace.id, promptId),
  ]) {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, '.')
  }

  // Somebody rings, and rings at the admin, who takes calls, too.
  const admin = await signInTo(server.app, { id: workspace.id, people }, 'admin')
  await make('/api/agents/me/presence', { presence: 'available' }, 'PUT', admin)
  await fetch(`${server.url}/api/twilio/incoming-call`, {
    method: 'POST',
    body: new URLSearchParams({
      CallSid: `CA${number.slice(1).padStart(32, '0')}`,
      From: '+14155550177',
      To: number,
      CallStatus: 'ringing',
      Direction: 'inbound',
      CallerName: secret,
    }),
  })
  const { roomName } = await make<{ roomName: string }>(
    '/api/voip/start-call',
    { calleeSupabaseId: subjects[1], callerName: secret },
    'POST',
    participant,
  )

  // … and goes on ringing.
  await db.inWorkspace(workspace.id, tx => tx.query(`update voip_calls set due_at = now() + interval '1 day'`))

  const things = await idsOf(server, workspace.id)
  things.push(roomName, `${word}_only`, `${word}-external`)
  return { id: workspace.id, secret, everyPermission, people, participant, contactId: contact.id, things }
}

/** Ids of one thing of each kind, by the tables there are; of calls and people, which are not all alike, of more. */
async function idsOf(server: TestServer, workspaceId: string): Promise<string[]> {
  return server.app.db.asOwner(async sql => {
    const tables = await sql.query<{ table_name: string }>(
      `select id.table_name from information_schema.columns id
       join information_schema.columns w using (table_schema, table_name)
       join information_schema.tables t using (table_schema, table_name)
       where table_schema = 'public' and id.column_name = 'id' and w.column_name = 'workspace_id'
         and t.table_type = 'BASE TABLE' order by 1`,
    )
    const ids: string[] = []
    for (const { table_name } of tables) {
      const most = ['calls', 'users', 'contacts'].includes(table_name) ? 3 : 1
      const rows = await sql.query<{ id: string }>(
        `select id::text as id from ${table_name} where workspace_id = $1 order by id limit ${most}`,
        [workspaceId],
      )
      ids.push(...rows.map(({ id }) => id))
    }
    return ids
  })
}
