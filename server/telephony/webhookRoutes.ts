import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { may } from '../../core/role.ts'
import type { Signal } from '../../core/signal.ts'
import { type Parsed, type Purpose, UnreadableWebhook, type Webhook } from '../../providers/provider.ts'
import type { App } from '../app.ts'
import { callView } from '../calls/callView.ts'
import type { TurnResult } from '../calls/turn.ts'
import { Refusal } from '../platform/refusal.ts'
import { type Account, createAccounts } from './accounts.ts'
import { mediaUrl } from './mediaRoutes.ts'

const MAX_WEBHOOK_BYTES = 1024 * 1024
/** How long a caller may hear nothing while a flow asks another server. */
const PATIENCE_MS = 1500

/** Headers that are kept with the bytes of a webhook: what is needed to check and to read it again. */
const KEPT_HEADERS = ['content-type', 'x-twilio-signature', 'i-twilio-idempotency-token', 'authorization', 'user-agent']

/** The addresses that telephone providers post to. */
export function webhookRoutes(http: FastifyInstance, app: App): void {
  const { twilio, vonage } = createAccounts(app.config)
  /** Whose webhook this is. What is nobody's is read as Twilio's, whose complaint then says what is missing. */
  const sender = (webhook: Webhook): Account =>
    vonage.recognises(webhook) && !twilio.recognises(webhook) ? vonage : twilio

  http.register(async scope => {
    takeRawBodies(scope)

    scope.route({
      method: ['GET', 'POST'],
      url: '/api/webhooks/call/incoming',
      handler: async (request, reply) => {
        const webhook = readWebhook(app, request)
        const account = sender(webhook)
        const taken = await take(app, request, webhook, account, 'incoming')
        return answerIncoming(app, reply, account, taken)
      },
    })
    scope.post('/api/webhooks/call/status', async request => {
      const webhook = readWebhook(app, request)
      const account = sender(webhook)
      const { call } = await take(app, request, webhook, account, 'status')
      return { success: true, call: call && callView(call) }
    })
    scope.post('/api/twilio/incoming-call', async (request, reply) => {
      const taken = await take(app, request, readWebhook(app, request), twilio, 'incoming')
      return answerIncoming(app, reply, twilio, { ...taken, wantsDocument: true })
    })
    for (const [url, purpose] of [
      ['/api/twilio/call-status', 'status'],
      ['/api/twilio/recording-status', 'recording'],
    ] as const) {
      scope.post(url, async (request, reply) => {
        await take(app, request, readWebhook(app, request), twilio, purpose)
        return reply.type('text/xml').send('<?xml version="1.0" encoding="UTF-8"?><Response/>')
      })
    }
    scope.post('/api/vonage/recording', async (request, reply) => {
      await take(app, request, readWebhook(app, request), vonage, 'recording')
      return reply.code(204).send()
    })
    for (const [url, account] of [
      ['/api/twilio/ivr-input', twilio],
      ['/api/vonage/input', vonage],
    ] as const) {
      scope.post(url, async (request, reply) => {
        const taken = await take(app, request, readWebhook(app, request), account, 'input')
        // News of a leg on the way comes to the same address, and wants no script.
        if (!taken.wantsDocument) return reply.code(204).send()
        return answerIncoming(app, reply, account, taken)
      })
    }
  })
}

/** Signatures cover the bytes as they came: nothing may decode them first. */
export function takeRawBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_WEBHOOK_BYTES }, (_request, body, done) =>
    done(null, body),
  )
}

export function readWebhook(app: App, request: FastifyRequest): Webhook {
  const headers: Webhook['headers'] = {}
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value[0] : value
  return {
    method: request.method,
    urls: app.addresses.map(address => address + request.raw.url),
    headers,
    body: request.body instanceof Uint8Array ? request.body : new Uint8Array(),
    receivedAt: Date.now(),
  }
}

type Taken = Pick<TurnResult, 'call' | 'actions'> & Pick<Parsed, 'wantsDocument'>

/** Checks who sent it, reads it, and makes it durable. Throws the 403 or 400 before anything is stored. */
export async function take(
  app: App,
  request: FastifyRequest,
  webhook: Webhook,
  account: Account,
  purpose: Purpose,
): Promise<Taken> {
  const integration = await identifyIntegration(app, request)
  if (integration === null) checkSender(account, webhook)
  const { signals, deliveryKey, wantsDocument } = readSignals(account, webhook, purpose)
  if (signals.length === 0) return { call: null, actions: [], wantsDocument }
  const workspaceId = integration ?? (await findWorkspace(app, signals))
  const result = await app.center.take(
    workspaceId,
    { type: 'delivery', signals, answers: wantsDocument },
    {
      provider: account.name,
      deliveryKey,
      receivedAt: new Date(webhook.receivedAt),
      headers: keptHeaders(webhook),
      body: webhook.body,
    },
  )
  return { ...(await awaitFetch(app, result)), wantsDocument }
}

/** A flow that asks another server mostly has its answer in a moment: the caller hears what it led to, and no music. */
async function awaitFetch(app: App, result: TurnResult): Promise<TurnResult> {
  const later = result.call && (await app.outside.fetching(result.call.id, PATIENCE_MS))
  return later?.call == null ? result : awaitFetch(app, later)
}

/** Whose call this is: by our own number, else by the call itself if it is known, else the first workspace. */
async function findWorkspace({ directory }: App, signals: Signal[]): Promise<string> {
  const leg = signals.find(signal => signal.type === 'leg')
  if (leg === undefined || (leg.from === null && leg.to === null)) {
    const known = leg ?? signals.find(signal => signal.type !== 'roster')
    if (known === undefined) return directory.workspaceOf([])
    return (await directory.workspaceOfCall(known.provider, known.providerCallId)) ?? directory.workspaceOf([])
  }
  // Two workspaces may call each other: the caller's own end is asked first.
  return directory.workspaceOf(leg.direction === 'outbound' ? [leg.from, leg.to] : [leg.to, leg.from])
}

/** A program of the workspace's own may report calls with an API key instead of a provider's signature. */
async function identifyIntegration(app: App, request: FastifyRequest): Promise<string | null> {
  if (!request.headers['x-api-key']) return null
  const who = await app.access.identify({
    method: request.method,
    headers: { 'x-api-key': request.headers['x-api-key'] },
  })
  if (who === null || !may(who, 'log calls')) {
    throw new Refusal(403, 'forbidden', 'This API key may not log calls.')
  }
  return who.workspaceId
}

function checkSender(account: Account, webhook: Webhook): void {
  if (account.verify === null) {
    if (!account.mustBeSigned) return
    throw new Refusal(
      403,
      'webhook_not_checkable',
      `Webhooks must be signed here, and there is nothing to check them with: set ${account.variable}.`,
    )
  }
  const verdict = account.verify(webhook)
  if (!verdict.valid) throw new Refusal(403, 'bad_signature', `This webhook was refused: ${verdict.reason}`)
}

function readSignals(account: Account, webhook: Webhook, purpose: Purpose): Parsed {
  try {
    return account.parse(webhook, purpose)
  } catch (error) {
    if (!(error instanceof UnreadableWebhook)) throw error
    throw new Refusal(400, 'unreadable_webhook', error.message, { fields: error.problems })
  }
}

function keptHeaders(webhook: Webhook): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of KEPT_HEADERS) {
    const value = webhook.headers[name]
    if (value !== undefined) kept[name] = value.slice(0, 2000).toWellFormed()
  }
  return kept
}

function answerIncoming(app: App, reply: FastifyReply, account: Account, { call, actions, wantsDocument }: Taken) {
  if (!wantsDocument || account.render === null) return { success: true, call: call && callView(call) }
  const base = app.addresses[0]!
  const { input, recording, status } = account.addresses(base)
  const document = account.render(actions, {
    mediaUrl: media => mediaUrl(base, media),
    inputUrl: input(call?.flow?.step ?? 0),
    recordingUrl: recording,
    statusUrl: status,
  })
  return reply.type(document.contentType).send(document.body)
}
