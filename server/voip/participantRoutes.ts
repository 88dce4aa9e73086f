import * as contract from '../../client/contract.ts'
import type { Principal } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import { type Db, violates } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { contactByEmail } from '../requests/requestStore.ts'
import {
  findBearer,
  insertParticipant,
  type NewParticipant,
  takenElsewhere,
  updateParticipant,
} from './participantStore.ts'

/** Who may call and be called, as the CRM enters them. */
export const participantRoutes: Routes = (http, app) => {
  serve(http, app, contract.putParticipant, async ({ who, body, reply }) => {
    // A user of another workspace may have this id, which nothing in this one shows.
    const known = await app.db.asSystem(sql => findBearer(sql, body.supabaseUserId))
    if (known !== null && known.workspaceId !== who.workspaceId) throw takenElsewhere()
    const { participant, isNew } = await put(app.db, who, body)
    if (isNew) reply.code(201)
    return { success: true, participant }
  })
}

type Said = Pick<NewParticipant, 'supabaseUserId' | 'type' | 'firstName' | 'lastName' | 'email'> & {
  role?: string | undefined
  phone?: string | undefined
}

async function put(db: Db, who: Principal, said: Said) {
  const enter = () =>
    db.inWorkspace(who.workspaceId, async tx => {
      const contact = said.type === 'PORTAL_CUSTOMER' ? await contactByEmail(tx, said.email) : null
      const whole = { ...said, role: said.role ?? null, phone: said.phone ?? null, contactId: contact?.id ?? null }
      const updated = await updateParticipant(tx, whole)
      const participant = updated ?? (await insertParticipant(tx, whole))
      const isNew = updated === null
      tx.emit({
        type: isNew ? 'participant.created' : 'participant.updated',
        participant: { id: participant.id, name: `${participant.firstName} ${participant.lastName}`.trim() },
        by: authorOf(who),
      })
      return { participant, isNew }
    })
  const isTaken = (error: unknown): boolean => violates(error, 'participants_supabase_user_id_key')
  // Entered twice at once: the second finds the first. Whoever still does not see it may not: it is another workspace's.
  return enter()
    .catch(error => (isTaken(error) ? enter() : Promise.reject(error)))
    .catch(error => Promise.reject(isTaken(error) ? takenElsewhere() : error))
}
