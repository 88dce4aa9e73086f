import { createHmac, timingSafeEqual } from 'node:crypto'
import type { App } from '../app.ts'
import { serverSecret } from '../platform/secrets.ts'

type Keeper = Pick<App, 'db' | 'envelopes'>

const VALID_MS = 3600_000

/** What a link leads to, as its address says. All of it is signed. */
export interface LinkedRecording {
  workspaceId: string
  recordingId: string
  /** Whole seconds since the epoch. */
  expires: number
}

export const LINK_PATH = '/media/recordings/:workspaceId/:recordingId'

/**
 * An absolute address at which anybody may hear this recording, without credentials, for one hour. Whether the
 * recording is there, and whether whoever asks may hear it, is checked before; what is deleted meanwhile is not served.
 */
export async function recordingLink(
  app: Keeper & Pick<App, 'addresses'>,
  workspaceId: string,
  recordingId: string,
): Promise<{ url: string; expiresAt: Date }> {
  const expires = Math.floor((Date.now() + VALID_MS) / 1000)
  const url = new URL(`/media/recordings/${workspaceId}/${encodeURIComponent(recordingId)}`, app.addresses[0])
  url.searchParams.set('expires', String(expires))
  url.searchParams.set('signature', await sign(app, { workspaceId, recordingId, expires }))
  return { url: url.href, expiresAt: new Date(expires * 1000) }
}

/** Whether we have made this link; it may have expired since. */
export async function isGenuine(app: Keeper, linked: LinkedRecording, signature: string): Promise<boolean> {
  const expected = Buffer.from(await sign(app, linked))
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

async function sign(app: Keeper, { workspaceId, recordingId, expires }: LinkedRecording): Promise<string> {
  const secret = await serverSecret(app, 'recording-links')
  // As JSON: no part can pass for another one.
  const text = JSON.stringify([workspaceId, recordingId, expires])
  return createHmac('sha256', secret).update(text).digest('base64url')
}
