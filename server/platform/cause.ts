import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Cause, CENTER, type Channel, MAX_USER_AGENT } from '../../core/cause.ts'
import type { Principal } from '../../core/role.ts'
import { cleanLine } from '../../core/text.ts'

/** What is under way on somebody's behalf. Once it is `over`, whatever it has set going is the center's own doing. */
interface Errand {
  cause: Cause
  over: boolean
}

/**
 * The one thing that travels with the asynchronous context rather than as an argument: a hundred operations write
 * events, and each that forgot to pass on who asked would be a line in the audit log without a name.
 */
const errands = new AsyncLocalStorage<Errand | null>()

/** On whose behalf this runs. */
export function currentCause(): Cause {
  const errand = errands.getStore()
  return errand == null || errand.over ? CENTER : errand.cause
}

/** Runs `work` on behalf of `cause`, until what it returns has settled. */
export async function onBehalfOf<T>(cause: Cause, work: () => Promise<T>): Promise<T> {
  const errand = { cause, over: false }
  try {
    return await errands.run(errand, work)
  } finally {
    errand.over = true
  }
}

/** Runs `work`, and whatever it sets going, on the center's own behalf, whoever's request has led here. */
export const onOwnBehalf = <T>(work: () => T): T => errands.run(null, work)

/** From here on this request is the doing of `actor`. Outside a request, nothing. */
export function actAs(actor: Cause['actor'], channel: Channel): void {
  const errand = errands.getStore()
  if (errand == null || errand.over) return
  const { origin } = errand.cause
  errand.cause = { actor, origin: origin && { ...origin, channel } }
}

/** {@link actAs} for whoever has shown credentials. */
export const actAsPrincipal = (who: Principal, channel: Channel): void =>
  actAs(
    who.kind === 'user'
      ? { kind: 'user', id: who.userId, name: who.name }
      : { kind: 'key', id: who.keyId, name: who.name },
    channel,
  )

/** Every request to a route that is registered from now on is somebody's: a visitor's, until credentials say whose. */
export function traceRequests(http: FastifyInstance): void {
  http.addHook('onRoute', route => {
    const { handler } = route
    route.handler = function (request, reply) {
      return onBehalfOf(causeOf(request), async () => handler.call(this, request, reply))
    }
  })
}

const causeOf = (request: FastifyRequest): Cause => ({
  actor: { kind: 'visitor', id: null, name: 'Visitor' },
  origin: {
    ip: request.ip,
    userAgent: cleanLine(request.headers['user-agent'], MAX_USER_AGENT),
    channel: 'public',
  },
})
