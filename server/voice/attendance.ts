import { v7 as newId } from 'uuid'
import type { Db } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'

/** Keeps on record, for every process, which users have a page open that can speak and hear. */
export interface Attendance {
  came(user: Attendant): void
  left(user: Attendant): void
  /** Resolves when everything is written down. */
  idle(): Promise<void>
}

interface Attendant {
  workspaceId: string
  userId: string
}

/**
 * Begins with nobody: whoever kept it before carries no calls any more. What it notes late is of pages that are ours by
 * then, and changes nothing. What cannot be written down is logged.
 */
export function keepAttendance(db: Db, log: Log): Attendance {
  const keeper = newId()
  /** One after the other, so that who comes back at once is not gone at the end. */
  let written: Promise<unknown> = Promise.resolve()
  const write = (what: () => Promise<unknown>) => {
    written = written.then(what).catch(error => log.error({ err: error }, 'who has a page open could not be noted'))
  }
  write(() => db.asSystem(sql => sql.query('delete from softphones')))
  return {
    came: ({ workspaceId, userId }) =>
      write(() =>
        db.inWorkspace(workspaceId, tx =>
          // Who has just been deleted comes without a trace.
          tx.query(
            `insert into softphones (workspace_id, user_id, keeper) select $1, id, $3::uuid from users where id = $2
             on conflict (workspace_id, user_id) do update set keeper = excluded.keeper`,
            [workspaceId, userId, keeper],
          ),
        ),
      ),
    left: ({ workspaceId, userId }) =>
      write(() =>
        db.inWorkspace(workspaceId, tx =>
          tx.query('delete from softphones where user_id = $1 and keeper = $2', [userId, keeper]),
        ),
      ),
    async idle() {
      await written
    },
  }
}
