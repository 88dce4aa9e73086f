import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { v7 as newId } from 'uuid'
import type { Contact, ImportReport } from '../../client/contract.ts'
import type { CenterEvent } from '../../core/event.ts'
import type { KeyPrincipal, Permission, Principal, Role, UserPrincipal } from '../../core/role.ts'
import type { App } from '../app.ts'
import { customerRoutes } from '../crm/customerRoutes.ts'
import type { Db } from '../platform/db.ts'
import { readEvents } from '../platform/eventLog.ts'
import { answerErrors } from '../platform/http.ts'
import { createLog } from '../platform/log.ts'
import { contactRoutes } from './contactRoutes.ts'
import { type ContactFields, insertContact, NO_FIELDS } from './contactStore.ts'
import { customFieldRoutes } from './customFieldRoutes.ts'

/** An empty workspace with its event counter. */
export async function addWorkspace(db: Db, country = 'US'): Promise<string> {
  const id = newId()
  await db.asSystem(async sql => {
    await sql.query('insert into workspaces (id, name, default_country) values ($1, $2, $3)', [id, 'Test', country])
    await sql.query('insert into event_heads (workspace_id) values ($1)', [id])
  })
  return id
}

/** A contact; gives its id. */
export async function addContact(
  db: Db,
  workspaceId: string,
  fields: Partial<ContactFields> & { name: string },
  country = 'US',
): Promise<string> {
  const id = newId()
  await db.inWorkspace(workspaceId, tx => insertContact(tx, id, { ...NO_FIELDS, ...fields }, country, tx.now))
  return id
}

export const eventsOf = async (db: Db, workspaceId: string): Promise<CenterEvent[]> =>
  (await db.asSystem(sql => readEvents(sql, workspaceId, 0, 1000))).map(stored => stored.event)

export const person = (workspaceId: string, role: Role = 'admin'): UserPrincipal => ({
  kind: 'user',
  workspaceId,
  userId: newId(),
  name: `An ${role}`,
  email: `${role}@example.com`,
  role,
  agentId: null,
  queueIds: [],
})

export const apiKey = (workspaceId: string, permissions: Permission[]): KeyPrincipal => ({
  kind: 'key',
  workspaceId,
  keyId: newId(),
  name: 'A key',
  permissions,
  operator: false,
})

/** What an answer may hold, as if it had succeeded and failed at once; `status` says which it is. */
interface Answer {
  status: number
  body: Contact & {
    contact: Contact
    items: Contact[]
    nextCursor: string | null
    notes: unknown[]
    deleted: unknown[]
    syncedUntil: string
    created: boolean
    error: { code: string; message: string; fields?: { path: string; message: string }[] }
  }
}

/** The routes of contacts on a port of their own. Every request comes from whoever is `asking` just now. */
export interface ContactServer {
  url: string
  asking: Principal | null
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  /** Sends a file; gives the lines of the answer, or its error alone. */
  import(file: BodyInit, contentType?: string): Promise<ImportAnswer>
  close(): Promise<void>
}

export interface ImportAnswer {
  status: number
  contentType: string | null
  lines: Record<string, unknown>[]
  /** The last line. */
  report: ImportReport & Answer['body']
}

export async function serveContacts(db: Db): Promise<ContactServer> {
  const http = Fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true })
  const log = createLog(process.env.LOG_LEVEL ?? 'silent')
  // Only what these routes use.
  const access = { identify: async () => server.asking }
  const budgets = { count: async () => null }
  const app = { config: { checkAnswers: true }, log, db, access, budgets } as unknown as App
  answerErrors(http, app)
  contactRoutes(http, app)
  customFieldRoutes(http, app)
  customerRoutes(http, app)
  await http.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`
  const server: ContactServer = {
    url,
    asking: null,
    async ask(method, path, body) {
      const response = await fetch(url + path, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      })
      return { status: response.status, body: (await response.json()) as Answer['body'] }
    },
    async import(file, contentType = 'text/csv') {
      const response = await fetch(`${url}/api/contacts/import`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: file,
        duplex: 'half',
      } as RequestInit)
      const lines = (await response.text())
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as Record<string, unknown>)
      return {
        status: response.status,
        contentType: response.headers.get('content-type'),
        lines,
        report: lines.at(-1) as unknown as ImportAnswer['report'],
      }
    },
    close: () => http.close(),
  }
  return server
}
