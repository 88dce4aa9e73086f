import type { Contact } from '../../client/contract.ts'
import type { SyncedFields } from '../../core/contactSync.ts'
import type { App } from '../app.ts'
import type { Claim } from './connectionStore.ts'
import { type Connector, ConnectorError, SYNCED_PHONES, type Tokens } from './connector.ts'

/** After so many refusals one after the other it is not the contacts that are wrong. */
const MAX_REFUSED = 10

/** A connection's secret, opened, and how to keep a new one. */
export interface Session {
  tokens: Tokens
  save(tokens: Tokens): Promise<void>
}

/** What a run works with. */
export interface SyncRun extends Pick<App, 'db' | 'addresses'> {
  workspaceId: string
  connector: Connector
  claim: Claim
  session: Session
  /** Ends it before its next request. */
  signal: AbortSignal
}

/** Does it with the tokens that we have, or with new ones where those have expired. */
export async function withTokens<T>(
  { connector, session, signal }: SyncRun,
  work: (tokens: Tokens) => Promise<T>,
): Promise<T> {
  const renew = async () => {
    session.tokens = await connector.renew(session.tokens)
    await session.save(session.tokens)
  }
  signal.throwIfAborted()
  const { expiresAt } = session.tokens
  if (expiresAt !== null && Date.parse(expiresAt) < Date.now() + 60_000) await renew()
  try {
    return await work(session.tokens)
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'expired') throw error
    await renew()
    return work(session.tokens)
  }
}

/** What a CRM does not take does not hold up the rest. */
export class Refusals {
  private total = 0
  private inARow = 0
  private last = ''

  async unlessRefused(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.inARow = 0
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'refused') throw error
      this.total++
      this.inARow++
      this.last = error.message
      if (this.inARow >= MAX_REFUSED) throw error
    }
  }

  told(): string | null {
    return this.total === 0 ? null : `${this.total} × ${this.last}`
  }
}

/** As the other side holds it. */
export const fieldsOf = (contact: Contact): SyncedFields => ({
  name: contact.name,
  email: contact.email ?? '',
  company: contact.company ?? '',
  phones: contact.phones.slice(0, SYNCED_PHONES),
})
