import type { LegRole } from '../../client/voice/protocol.ts'
import { type Party, partyOfAgent, partyOfSupervisor } from '../../core/conversation.ts'
import type { UserPrincipal } from '../../core/role.ts'
import type { Attendance } from './attendance.ts'
import type { Legs } from './legs.ts'
import type { Page } from './page.ts'

/**
 * The pages of signed-in people. Of several pages of one person exactly one is the first: it rings, and speaks. A person's
 * legs stand until they end, whether a page is there or not: the next one has them at once.
 */
export interface Softphones {
  /** This page is one of this person's, until it closes. */
  opened(page: Page, who: Pick<UserPrincipal, 'workspaceId' | 'userId' | 'agentId'>): void
  /** This page is to be the first. */
  beFirst(page: Page): void
  /** A party may come in. `by`: who gives such legs to pages, where it is not our exchange. */
  invite(room: string, leg: string, party: Party, by?: Giver): void
  /** Whether the person on this page may have this leg. */
  isTheirs(page: Page, leg: string): boolean
  /** As what a leg takes part; null: it is nobody's here. */
  roleOf(room: string, leg: string): LegRole | null
  left(room: string, leg: string): void
  /** Their credentials are not valid any more. */
  expel(userId: string): void
}

export type Giver = Pick<Legs, 'give' | 'pageOf'>

interface Desk {
  workspaceId: string
  userId: string
  /** The legs that this person can have: as an agent, as somebody who listens. */
  own: string[]
  /** The first one is the first. */
  pages: Page[]
}

interface Standing {
  room: string
  leg: string
  as: LegRole
  by: Giver
}

/** @param attendance told of everybody whose first page opens, or last page closes. */
export function createSoftphones(legs: Legs, attendance: Attendance): Softphones {
  const desks = new Map<string, Desk>()
  const deskOf = new Map<Page, Desk>()
  const standing = new Map<string, Standing>()
  const key = (room: string, leg: string) => `${room} ${leg}`

  function lead(desk: Desk, page: Page | undefined): void {
    const [before] = desk.pages
    if (page === undefined || page === before) return
    desk.pages = [page, ...desk.pages.filter(other => other !== page)]
    before?.send({ type: 'first', first: false })
    greet(desk)
  }

  /** The first page has all that this person has. */
  function greet({ pages: [first], own }: Desk): void {
    if (first === undefined) return
    first.send({ type: 'first', first: true })
    for (const { room, leg, as, by } of standing.values()) {
      if (own.includes(leg) && by.pageOf(room, leg) !== first) by.give(first, room, leg, as)
    }
  }

  function close(desk: Desk, page: Page): void {
    const wasFirst = desk.pages[0] === page
    desk.pages = desk.pages.filter(other => other !== page)
    deskOf.delete(page)
    if (desk.pages.length === 0) {
      desks.delete(desk.userId)
      attendance.left(desk)
    } else if (wasFirst) greet(desk)
  }

  return {
    opened(page, { workspaceId, userId, agentId }) {
      if (deskOf.has(page)) return
      const own = [partyOfSupervisor(userId), ...(agentId === null ? [] : [partyOfAgent(agentId)])]
      const desk = desks.get(userId) ?? { workspaceId, userId, own, pages: [] }
      desk.own = own
      if (!desks.has(userId)) attendance.came(desk)
      desks.set(userId, desk)
      deskOf.set(page, desk)
      desk.pages.push(page)
      page.onClose(() => close(desk, page))
      if (desk.pages[0] === page) greet(desk)
      else page.send({ type: 'first', first: false })
    },
    beFirst(page) {
      const desk = deskOf.get(page)
      if (desk !== undefined) lead(desk, page)
    },
    invite(room, leg, party, by = legs) {
      const as = party.role === 'customer' ? 'caller' : party.role
      standing.set(key(room, leg), { room, leg, as, by })
      const desk = [...desks.values()].find(({ own }) => own.includes(leg))
      const first = desk?.pages[0]
      if (first !== undefined) by.give(first, room, leg, as)
    },
    isTheirs: (page, leg) => deskOf.get(page)?.own.includes(leg) ?? false,
    roleOf: (room, leg) => standing.get(key(room, leg))?.as ?? null,
    left: (room, leg) => void standing.delete(key(room, leg)),
    expel(userId) {
      for (const page of [...(desks.get(userId)?.pages ?? [])]) page.close()
    },
  }
}
