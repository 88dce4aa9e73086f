import { followLive, type Live, type LiveEvent } from '../../client/live.ts'

/** The one live stream of this page, from signing in to signing out. */
let stream: Live | null = null

export function openStream(since: number): Live {
  stream ??= followLive({ since })
  return stream
}

export function closeStream(): void {
  stream?.close()
  stream = null
}

/**
 * An answer brought up to what has happened while it was on its way. Events that it already holds are applied once more,
 * so `after` must not mind.
 */
export async function upToDate<Data>(
  answer: Promise<Data>,
  after: (data: Data, event: LiveEvent) => Data,
): Promise<Data> {
  const asked = stream?.heard.seq ?? 0
  const data = await answer
  return (stream?.heard.recent ?? []).filter(event => event.seq > asked).reduce(after, data)
}
