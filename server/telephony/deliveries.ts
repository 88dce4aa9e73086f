import type { Signal } from '../../core/signal.ts'
import { type Document, type Parsed, type Purpose, UnreadableWebhook, type Webhook } from '../../providers/provider.ts'
import type { App } from '../app.ts'
import type { TurnResult } from '../calls/turnInput.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Account } from './accounts.ts'
import { mediaUrl } from './mediaRoutes.ts'

/** How long a caller may hear nothing while a flow asks another server. */
const PATIENCE_MS = 1500

/** Headers that are kept with the bytes of a webhook: what is needed to check and to read it again. */
const KEPT_HEADERS = ['content-type', 'x-twilio-signature', 'i-twilio-idempotency-token', 'authorization', 'user-agent']

export type Taken = Pick<TurnResult, 'call' | 'actions'> &
  Pick<Parsed, 'wantsDocument'> & {
    /** Whose it is; null for what speaks of no call. */
    workspaceId: string | null
  }

/**
 * Reads what a provider sent, and makes it durable. `workspaceId`: where it belongs if that is known by other means than
 * what it says. Throws the 400 before anything is stored; who sent it has been checked.
 */
export async function takeDelivery(
  app: Pick<App, 'center' | 'directory' | 'outside'>,
  account: Account,
  webhook: Webhook,
  purpose: Purpose,
  workspaceId: string | null = null,
): Promise<Taken> {
  const { signals, deliveryKey, wantsDocument } = readSignals(account, webhook, purpose)
  if (signals.length === 0) return { call: null, actions: [], wantsDocument, workspaceId }
  const where = workspaceId ?? (await findWorkspace(app, signals))
  const result = await app.center.take(
    where,
    { type: 'delivery', signals, answers: wantsDocument },
    {
      provider: account.name,
      deliveryKey,
      receivedAt: new Date(webhook.receivedAt),
      headers: keptHeaders(webhook),
      body: webhook.body,
    },
  )
  return { ...(await awaitFetch(app, result)), wantsDocument, workspaceId: where }
}

/** Throws a 403 for what the provider itself has not sent. */
export function checkSender(account: Account, webhook: Webhook): void {
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

/** What the provider is to do next, as it executes it; null where it executes nothing. */
export function documentFor(account: Account, base: string, { call, actions, wantsDocument }: Taken): Document | null {
  if (!wantsDocument || account.render === null) return null
  const { input, recording, status } = account.addresses(base)
  return account.render(actions, {
    mediaUrl: media => mediaUrl(base, media),
    inputUrl: input(call?.flow?.step ?? 0),
    recordingUrl: recording,
    statusUrl: status,
  })
}

/** A flow that asks another server mostly has its answer in a moment: the caller hears what it led to, and no music. */
async function awaitFetch(app: Pick<App, 'outside'>, result: TurnResult): Promise<TurnResult> {
  const later = result.call && (await app.outside.fetching(result.call.id, PATIENCE_MS))
  return later?.call == null ? result : awaitFetch(app, later)
}

/** Whose call this is: by our own number, else by the call itself if it is known, else the first workspace. */
async function findWorkspace({ directory }: Pick<App, 'directory'>, signals: Signal[]): Promise<string> {
  const leg = signals.find(signal => signal.type === 'leg')
  if (leg === undefined || (leg.from === null && leg.to === null)) {
    const known = leg ?? signals.find(signal => signal.type !== 'roster')
    if (known === undefined) return directory.workspaceOf([])
    return (await directory.workspaceOfCall(known.provider, known.providerCallId)) ?? directory.workspaceOf([])
  }
  // Two workspaces may call each other: the caller's own end is asked first.
  return directory.workspaceOf(leg.direction === 'outbound' ? [leg.from, leg.to] : [leg.to, leg.from])
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
