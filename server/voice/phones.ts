import { CUSTOMER } from '../../core/conversation.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import type { Exchange, Rung } from '../../providers/builtin/exchange.ts'
import type { Db } from '../platform/db.ts'
import { type Legs, nameOf } from './legs.ts'
import type { Page } from './page.ts'
import type { Tickets } from './tickets.ts'

/**
 * Customers' pages that can be called. A page's number is the one that its last call gave: whoever has the ticket of that
 * call has made it. All pages of a number ring; the first that answers has the call.
 */
export interface Phones {
  /** From now on, until the page closes, it is called at the number of this call. A call without a number changes nothing. */
  open(page: Page, ticket: string): Promise<void>
  /** Rings at a number, as a script has it; `callerId`: our number. */
  ring(room: string, leg: string, call: { number: string; callerId: string | null }): Promise<Rung>
  answer(page: Page, ring: string): void
  decline(page: Page, ring: string): void
  /** The leg is out of its call: it rings no more. */
  left(room: string, leg: string): void
}

export interface PhonesMeans {
  db: Pick<Db, 'asSystem' | 'inWorkspace'>
  /** Of calls over the web. */
  provider: string
  exchange: Pick<Exchange, 'has' | 'leave'>
  legs: Pick<Legs, 'give'>
  tickets: Pick<Tickets, 'read'>
  workspaceOf(room: string): string
  /** A page speaks for this leg from now on. */
  answered(room: string, leg: string): void
}

interface Ring {
  room: string
  leg: string
  /** Whom it is for: a number of a workspace. */
  line: string
  from: string | null
  name: string | null
}

/** Of one number; more than any person has open. The oldest go first. */
const MAX_PAGES = 10

export function createPhones(means: PhonesMeans): Phones {
  const { db, exchange, legs } = means
  /** The newest first. */
  const pagesOf = new Map<string, Page[]>()
  const lineOf = new Map<Page, string>()
  const rings = new Map<string, Ring>()

  function close(page: Page): void {
    const line = lineOf.get(page)
    if (line === undefined) return
    lineOf.delete(page)
    const others = pagesOf.get(line)!.filter(other => other !== page)
    if (others.length > 0) pagesOf.set(line, others)
    else pagesOf.delete(line)
  }

  /** Who may answer. */
  const rung = ({ line }: Ring): Page[] => (pagesOf.get(line) ?? []).filter(page => !page.isOnCall)

  const tell = (page: Page, ring: string, { from, name }: Ring) => page.send({ type: 'incoming', ring, from, name })

  function stop(ring: string, except: Page | null = null): void {
    const known = rings.get(ring)
    if (known === undefined) return
    rings.delete(ring)
    for (const page of pagesOf.get(known.line) ?? []) if (page !== except) page.send({ type: 'incomingOver', ring })
  }

  /** The ring, if it is for this page. */
  function own(page: Page, ring: string): Ring | null {
    const known = rings.get(ring)
    if (known !== undefined && known.line === lineOf.get(page)) return known
    page.send({ type: 'incomingOver', ring })
    return null
  }

  /** The number that the call came from, or went to, and whose call it was; null where there was none. */
  async function lineOfCall(room: string): Promise<string | null> {
    const [found] = await db.asSystem(sql =>
      sql.query<{ workspace_id: string }>(
        'select workspace_id from calls where provider = $1 and provider_call_id = $2',
        [means.provider, room],
      ),
    )
    if (found === undefined) return null
    const { workspace_id: workspaceId } = found
    const [call] = await db.inWorkspace(workspaceId, tx =>
      tx.query<{ number: string | null }>(
        `select case direction when 'inbound' then from_address else to_address end as number
         from calls where provider = $1 and provider_call_id = $2`,
        [means.provider, room],
      ),
    )
    return call?.number == null ? null : keyOf(workspaceId, call.number)
  }

  return {
    async open(page, ticket) {
      const known = means.tickets.read(ticket)
      const line = known?.leg === CUSTOMER ? await lineOfCall(known.room) : null
      if (line === null || !page.isOpen) return
      if (!lineOf.has(page)) page.onClose(() => close(page))
      close(page)
      lineOf.set(page, line)
      const pages = [page, ...(pagesOf.get(line) ?? [])]
      for (const old of pages.splice(MAX_PAGES)) lineOf.delete(old)
      pagesOf.set(line, pages)
      for (const [ring, waiting] of rings) if (waiting.line === line && !page.isOnCall) tell(page, ring, waiting)
    },
    async ring(room, leg, { number, callerId }) {
      const workspaceId = means.workspaceOf(room)
      const [workspace] = await db.inWorkspace(workspaceId, tx =>
        tx.query<{ name: string; default_country: string }>(
          'select name, default_country from workspaces where id = current_workspace()',
        ),
      )
      const e164 = readAddress(number, workspace?.default_country ?? 'US').e164 ?? number
      const ring: Ring = { room, leg, line: keyOf(workspaceId, e164), from: callerId, name: workspace?.name ?? null }
      if (!pagesOf.has(ring.line) || !exchange.has(room, leg)) return 'absent'
      const pages = rung(ring)
      if (pages.length === 0) return 'busy'
      rings.set(nameOf(room, leg), ring)
      for (const page of pages) tell(page, nameOf(room, leg), ring)
      return 'ringing'
    },
    answer(page, ring) {
      const known = own(page, ring)
      if (known === null) return
      stop(ring, page)
      const { room, leg } = known
      if (legs.give(page, room, leg, 'caller')) means.answered(room, leg)
      else page.send({ type: 'incomingOver', ring })
    },
    decline(page, ring) {
      const known = own(page, ring)
      if (known !== null) exchange.leave(known.room, known.leg)
    },
    left: (room, leg) => stop(nameOf(room, leg)),
  }
}

const keyOf = (workspaceId: string, number: string): string => `${workspaceId} ${number}`
