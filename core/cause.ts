/** Who made something happen, and from where: what the audit log knows of every event beyond the event itself. */
export interface Cause {
  actor: {
    /**
     * `provider`: whoever carries the call. `participant`: a customer signed in at the portal. `link`: whoever holds a signed
     * link. `visitor`: somebody who showed no credentials. `center`: the center itself, such as when time has run out.
     */
    kind: ActorKind
    id: string | null
    name: string
  }
  /** Null where nothing came from outside. */
  origin: Origin | null
}

export const ACTOR_KINDS = ['user', 'key', 'provider', 'participant', 'link', 'visitor', 'center'] as const
export type ActorKind = (typeof ACTOR_KINDS)[number]

export interface Origin {
  /** The address it came from, as this server sees it. */
  ip: string
  /** At most {@link MAX_USER_AGENT} characters of what the client calls itself. */
  userAgent: string | null
  /** `web`: a browser with a session. `api`: a key or a bearer token. `webhook`: a provider. `public`: without credentials. */
  channel: Channel
}

export const CHANNELS = ['web', 'api', 'webhook', 'public'] as const
export type Channel = (typeof CHANNELS)[number]

export const MAX_USER_AGENT = 200

/** What nobody asked for just now: deadlines, retries, consequences. */
export const CENTER: Cause = { actor: { kind: 'center', id: null, name: 'Ringside' }, origin: null }

/** What a telephone provider's report has led to, where the report came by no request of its own. */
export const causedByProvider = (name: string): Cause => ({ actor: { kind: 'provider', id: null, name }, origin: null })
