import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { causedByProvider } from '../../core/cause.ts'
import { may } from '../../core/role.ts'
import type { Purpose, Webhook } from '../../providers/provider.ts'
import type { App } from '../app.ts'
import { callView } from '../calls/callView.ts'
import { actAs } from '../platform/cause.ts'
import { Refusal } from '../platform/refusal.ts'
import { type Account, createAccounts } from './accounts.ts'
import { checkSender, documentFor, type Taken, takeDelivery } from './deliveries.ts'

const MAX_WEBHOOK_BYTES = 1024 * 1024

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

/** Checks who sent it, reads it, and makes it durable. Throws the 403 or 400 before anything is stored. */
export async function take(
  app: App,
  request: FastifyRequest,
  webhook: Webhook,
  account: Account,
  purpose: Purpose,
): Promise<Taken> {
  const integration = await identifyIntegration(app, request)
  if (integration === null) {
    checkSender(account, webhook)
    actAs(causedByProvider(account.name).actor, 'webhook')
  }
  return takeDelivery(app, account, webhook, purpose, integration)
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

function answerIncoming(app: App, reply: FastifyReply, account: Account, taken: Taken) {
  const document = documentFor(account, app.addresses[0]!, taken)
  if (document === null) return { success: true, call: taken.call && callView(taken.call) }
  return reply.type(document.contentType).send(document.body)
}
