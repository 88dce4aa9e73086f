import { createHash, randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { v7 as newId } from 'uuid'
import * as contract from '../../client/contract.ts'
import type { UserPrincipal } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import { authorise, serve } from '../platform/http.ts'
import { conflict, forbidden, notFound, Refusal } from '../platform/refusal.ts'
import {
  changeConnection,
  deleteConnection,
  insertRequest,
  listConnections,
  saveConnection,
  takeRequest,
} from './connectionStore.ts'
import { type Connector, ConnectorError, CRM_IDS, type CrmId } from './connector.ts'
import type { Connectors } from './connectors.ts'

const NAMES: Record<CrmId, string> = { hubspot: 'HubSpot', salesforce: 'Salesforce' }
/** How long somebody may take to allow it. */
const VALID_MS = 10 * 60_000
const SCREEN = '/settings/integrations'

export function connectorRoutes(http: FastifyInstance, app: App, connectors: Connectors): void {
  const connectorOf = (crm: CrmId): Connector => {
    const connector = connectors.available.get(crm)
    if (connector) return connector
    const [id, secret] = [`${crm.toUpperCase()}_CLIENT_ID`, `${crm.toUpperCase()}_CLIENT_SECRET`]
    throw conflict('not_set_up', `This installation is not set up for ${NAMES[crm]}: it takes ${id} and ${secret}.`)
  }
  const redirectUri = (crm: CrmId): string => `${app.addresses[0]}/api/connectors/${crm}/callback`

  serve(http, app, contract.listConnectors, ({ who }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const connections = await listConnections(tx)
      const items = CRM_IDS.map(crm => {
        const found = connections.find(connection => connection.crm === crm)
        if (found === undefined)
          return { crm, name: NAMES[crm], available: connectors.available.has(crm), connection: null }
        const { crm: _, attempts: __, ...connection } = found
        return { crm, name: NAMES[crm], available: connectors.available.has(crm), connection }
      })
      return { items, nextCursor: null }
    }),
  )

  serve(http, app, contract.connectCrm, async ({ who, params }) => {
    // Who comes back with the permission is known by their session.
    if (who.kind !== 'user') throw forbidden('A CRM is connected by a person, in a browser.')
    const connector = connectorOf(params.crm)
    const [state, verifier] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')]
    const sealed = app.envelopes.seal(Buffer.from(verifier), purposeOf(who, params.crm))
    await app.db.inWorkspace(who.workspaceId, tx => {
      const expiresAt = new Date(Date.now() + VALID_MS).toISOString()
      const request = { stateHash: hash(state), crm: params.crm, userId: who.userId, verifier: sealed, expiresAt }
      return insertRequest(tx, request, tx.now)
    })
    const challenge = hash(verifier).toString('base64url')
    return { success: true, url: connector.authoriseUrl({ redirectUri: redirectUri(params.crm), state, challenge }) }
  })

  // The browser comes back here from the CRM.
  http.get('/api/connectors/:crm/callback', async (request, reply) => {
    const back = (query: Record<string, string>) => reply.redirect(`${SCREEN}?${new URLSearchParams(query)}`)
    try {
      const who = await authorise(app, contract.connectCrm.may, request)
      if (who?.kind !== 'user') throw forbidden('A CRM is connected by a person, in a browser.')
      const crm = CRM_IDS.find(id => id === (request.params as { crm: string }).crm)
      if (crm === undefined) throw notFound('CRM')
      await connect(who, crm, request.query as Record<string, unknown>)
      return back({ connected: crm })
    } catch (error) {
      if (error instanceof ConnectorError || error instanceof Refusal) return back({ problem: error.message })
      throw error
    }
  })

  async function connect(who: UserPrincipal, crm: CrmId, query: Record<string, unknown>): Promise<void> {
    const connector = connectorOf(crm)
    const [state, code] = [String(query.state ?? ''), String(query.code ?? '')]
    const sealed = await app.db.inWorkspace(who.workspaceId, tx =>
      takeRequest(tx, { stateHash: hash(state), crm, userId: who.userId }, tx.now),
    )
    if (sealed === null)
      throw new Refusal(400, 'unknown_state', 'This took too long, or was begun elsewhere. Connect it again.')
    if (code === '')
      throw new Refusal(400, 'not_allowed', `${connector.name} was not connected: nobody has allowed it there.`)
    const verifier = Buffer.from(app.envelopes.open(sealed, purposeOf(who, crm))).toString()
    const tokens = await connector.redeem({ code, verifier, redirectUri: redirectUri(crm) })
    const account = await connector.account(tokens)
    const id = await app.db.inWorkspace(who.workspaceId, async tx => {
      const sealedTokens = connectors.seal(who.workspaceId, crm, tokens)
      const saved = await saveConnection(tx, { id: newId(), crm, account, tokens: sealedTokens }, tx.now)
      tx.emit({ type: 'connector.connected', connector: { id: saved, name: connector.name }, by: authorOf(who) })
      return saved
    })
    connectors.wake(who.workspaceId, id)
  }

  serve(http, app, contract.updateConnector, async ({ who, params, body }) => {
    const connection = await app.db.inWorkspace(who.workspaceId, async tx => {
      const changed = await changeConnection(tx, params.crm, body, tx.now)
      if (changed === null) throw notFound('connection')
      const named = { id: changed.id, name: NAMES[params.crm] }
      const names = Object.entries(body).flatMap(([name, value]) => (value === undefined ? [] : [name]))
      tx.emit({ type: 'connector.updated', connector: named, changed: names, by: authorOf(who) })
      return changed
    })
    connectors.wake(who.workspaceId, connection.id)
    return { success: true }
  })

  serve(http, app, contract.syncNow, async ({ who, params }) => {
    const connection = await app.db.inWorkspace(who.workspaceId, tx => changeConnection(tx, params.crm, {}, tx.now))
    if (connection === null) throw notFound('connection')
    if (connection.status === 'broken') {
      throw conflict('broken', `${NAMES[params.crm]} has taken back its permission. Connect it again.`)
    }
    if (connection.status === 'paused') throw conflict('paused', `${NAMES[params.crm]} is paused. Go on first.`)
    connectors.wake(who.workspaceId, connection.id)
    return { success: true }
  })

  serve(http, app, contract.disconnectCrm, async ({ who, params }) => {
    const { crm } = params
    const gone = await app.db.inWorkspace(who.workspaceId, async tx => {
      const deleted = await deleteConnection(tx, crm)
      if (deleted === null) throw notFound('connection')
      tx.emit({ type: 'connector.disconnected', connector: { id: deleted.id, name: NAMES[crm] }, by: authorOf(who) })
      return deleted
    })
    // It is disconnected whether or not the CRM hears of it.
    await connectors.available
      .get(crm)
      ?.revoke(connectors.open(who.workspaceId, crm, gone.tokens))
      .catch(error => app.log.warn({ err: error, crm }, 'a CRM could not be told that it was disconnected'))
    return { success: true }
  })
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()

const purposeOf = (who: UserPrincipal, crm: CrmId): string =>
  `connector-request ${who.workspaceId} ${who.userId} ${crm}`
