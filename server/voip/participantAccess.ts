import type { IncomingHttpHeaders } from 'node:http'
import { createBearer } from '../access/bearer.ts'
import type { App } from '../app.ts'
import { actAs } from '../platform/cause.ts'
import { forbidden, unauthenticated } from '../platform/refusal.ts'
import { findBearer, type Participant } from './participantStore.ts'

export interface ParticipantAccess {
  identify(request: { headers: IncomingHttpHeaders }): Promise<Participant>
  /** {@link identify} for what stays open, and must end with the token. */
  admit(request: { headers: IncomingHttpHeaders }): Promise<{ who: Participant; until: Date | null }>
}

/**
 * Finds out which participant is asking, by the token of the CRM's or the portal's own sign-in. Nothing that browsers
 * send along by themselves counts, so pages of any origin may ask. Throws a 401 refusal for a token that is not good, a
 * 403 refusal for a good one of somebody who does not take part.
 */
export function createParticipantAccess({ config, db }: Pick<App, 'config' | 'db'>): ParticipantAccess {
  const bearer = createBearer(config.jwt)
  const admit: ParticipantAccess['admit'] = async ({ headers }) => {
    const token = /^Bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1]
    if (token === undefined) {
      throw unauthenticated('Send the bearer token of whoever is signed in: Authorization: Bearer <token>.')
    }
    const { subject, until } = await bearer.read(token)
    const participant = await db.asSystem(sql => findBearer(sql, subject))
    if (participant === null) {
      throw forbidden(
        'This token is valid, but nobody here has its `sub`. Create a participant with it as `supabaseUserId`: ' +
          'POST /api/voip/participants, with an API key that has users:manage.',
      )
    }
    if (participant.disabled) throw forbidden('This user has been disabled.')
    actAs({ kind: 'participant', id: participant.id, name: participant.name }, 'api')
    return { who: participant, until }
  }
  return { admit, identify: async request => (await admit(request)).who }
}
