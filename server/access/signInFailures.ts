import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { App } from '../app.ts'
import { currentCause } from '../platform/cause.ts'
import { findUser } from './userStore.ts'

/** Tells the audit log that somebody tries passwords on an account. */
export interface SignInFailures {
  /** Returns at once: how long an answer takes must not tell whether there is such an account. */
  tell(account: { workspaceId: string; userId: string }): void
}

/** Lines a minute for one account: whoever tries a thousand passwords must not bury everything else. */
const PER_ACCOUNT = { points: 1, duration: 60 }

export function createSignInFailures({ db, log }: Pick<App, 'db' | 'log'>): SignInFailures {
  const told = new RateLimiterMemory(PER_ACCOUNT)

  async function write(workspaceId: string, userId: string, cause: ReturnType<typeof currentCause>): Promise<void> {
    const isNews = await told.consume(userId).then(
      () => true,
      () => false,
    )
    if (!isNews) return
    await db.inWorkspace(workspaceId, async tx => {
      const user = await findUser(tx, userId)
      if (user) tx.emitFor(cause, { type: 'user.sign_in_failed', user: { id: userId, name: user.name } })
    })
  }

  return {
    tell({ workspaceId, userId }) {
      const cause = currentCause()
      setImmediate(() => {
        write(workspaceId, userId, cause).catch(error => log.warn({ err: error }, 'a failed sign-in was not logged'))
      })
    },
  }
}
