import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import * as contract from '../../client/contract.ts'
import type { Named } from '../../core/call.ts'
import { may, type Principal } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import type { App } from '../app.ts'
import type { Tx } from '../platform/db.ts'
import { serve } from '../platform/http.ts'
import { forbidden, invalid } from '../platform/refusal.ts'
import { readCompliance } from '../privacy/complianceStore.ts'
import { listUndeleted } from '../privacy/deletionStore.ts'
import { previewRetention } from '../privacy/retentionStore.ts'
import { readHearingPolicy, setHearingPolicy } from '../recordings/hearingPolicy.ts'
import { addEndpoint, changeEndpoint, removeEndpoint } from '../webhooks/endpointChange.ts'
import { checkTarget } from '../webhooks/endpointRoutes.ts'
import { readBusinessHours, setBusinessHours } from './businessHours.ts'
import { readCrmEndpoint, writeCrmEndpoint } from './callSettingStore.ts'
import { complianceView, setCompliance } from './complianceSettings.ts'

type GivenSettings = z.output<typeof contract.updateCallSettings.body & {}>

const WEEK_MS = 7 * 24 * 3600_000

/** What is set for calls, under the names of the CRM API. */
export function callSettingRoutes(http: FastifyInstance, app: App): void {
  const { db } = app

  serve(http, app, contract.getCallSettings, ({ who }) => db.inWorkspace(who.workspaceId, readSettings))

  serve(http, app, contract.updateCallSettings, async ({ who, body }) => {
    mustBeTheirs(who, body)
    const url = body.crm_webhook_url || undefined
    if (url !== undefined) await checkTarget(app, url, 'crm_webhook_url')
    return db.inWorkspace(who.workspaceId, async tx => {
      await setCrmWebhook(tx, body, authorOf(who))
      await setBusinessHours(tx, body, authorOf(who))
      await setCompliance(tx, body, authorOf(who))
      await setHearingPolicy(tx, body.recordings_heard_by, authorOf(who))
      return readSettings(tx)
    })
  })

  serve(http, app, contract.previewRetention, ({ who, body }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      const { retention } = await readCompliance(tx)
      const rules = {
        days: body.retention_days ?? retention.days,
        byQueue: body.retention_by_queue ?? retention.byQueue,
      }
      const now = Date.parse(tx.now)
      return {
        now: await previewRetention(tx, rules, new Date(now)),
        withinWeek: await previewRetention(tx, rules, new Date(now + WEEK_MS)),
        undeleted: await listUndeleted(tx),
      }
    }),
  )

  /** The CRM's endpoint is one like all others, which can also be set by two names. */
  async function setCrmWebhook(
    tx: Tx,
    { crm_webhook_url: url, crm_webhook_token: token }: GivenSettings,
    by: Named,
  ): Promise<void> {
    const before = await readCrmEndpoint(tx)
    // An empty text takes it away as well: forms know no null.
    const given = token === undefined || token === maskOf(before) ? undefined : token || null
    if (url === null || url === '') {
      if (before !== null) await removeEndpoint(tx, app.envelopes, before.id, by)
      return
    }
    if (before !== null) {
      await changeEndpoint(tx, app.envelopes, before.id, { ...(url && { url, enabled: true }), token: given }, by)
    } else if (url !== undefined) {
      const fields = { name: 'CRM', url, types: ['call.status_update' as const], token: given ?? null }
      const { webhook } = await addEndpoint(tx, app.envelopes, fields, by)
      await writeCrmEndpoint(tx, webhook.id)
    } else if (given) {
      throw invalid([{ path: 'crm_webhook_url', message: 'There is no address yet that the token could be sent to.' }])
    }
  }
}

/** Throws the refusal for settings that are not a matter of webhooks, for a key that is for webhooks only. */
function mustBeTheirs(who: Principal, { crm_webhook_url, crm_webhook_token, ...others }: GivenSettings): void {
  const names = Object.keys(others)
  if (names.length === 0 || may(who, 'manage settings')) return
  throw forbidden(
    `With webhooks:manage only crm_webhook_url and crm_webhook_token are set here, not ${names.join(', ')}.`,
  )
}

async function readSettings(tx: Tx): Promise<contract.CallSettings> {
  const crm = await readCrmEndpoint(tx)
  return {
    crm_webhook_url: crm?.url ?? null,
    crm_webhook_token: maskOf(crm),
    ...(await readBusinessHours(tx)),
    recordings_heard_by: await readHearingPolicy(tx),
    ...complianceView(await readCompliance(tx)),
  }
}

const maskOf = (crm: { tokenHint: string | null } | null): string | null =>
  crm === null || crm.tokenHint === null ? null : `••••${crm.tokenHint}`
