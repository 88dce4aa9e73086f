import type { FromBrowser, LineState } from '../../client/voice/protocol.ts'
import { type CallState, isOver } from '../../core/call.ts'
import { CUSTOMER } from '../../core/conversation.ts'
import { readAddress } from '../../core/phoneNumber.ts'
import type { QueueSettings } from '../../core/queue.ts'
import { cleanLine } from '../../core/text.ts'
import type { Exchange } from '../../providers/builtin/exchange.ts'
import type { Caller } from '../../providers/builtin/line.ts'
import { PHONE } from '../../providers/builtin/numberLeg.ts'
import type { App } from '../app.ts'
import { type Legs, nameOf } from './legs.ts'
import { lineState } from './lineState.ts'
import type { LiveCall } from './liveCalls.ts'
import type { Page } from './page.ts'

/** Customers who call from their browser, and what they are shown of their calls. */
export interface Lines {
  /** The page calls. It is told its leg as soon as the call is durable, or why there is none. */
  call(page: Page, said: Extract<FromBrowser, { type: 'call' }>): Promise<void>
  /** A page has a customer's leg, or that of whoever the customer was led to, from now on or again. */
  resumed(room: string, leg: string): void
  /** Something was reported on the call. */
  changed(room: string, call: LiveCall): void
  /** An event tells of the call. */
  heard(room: string, state: CallState): void
  callMeBack(room: string): void
  over(room: string): void
  stop(): void
}

export interface LinesMeans {
  app: Pick<App, 'db' | 'center' | 'directory' | 'log'>
  exchange: Exchange
  legs: Legs
  /** The call is this process's from now on. */
  carry(room: string, workspaceId: string): Promise<LiveCall>
  maxCalls: number
}

interface Watched {
  call: LiveCall
  /** Whose call it is, also when it has just ended: what came of it is known a moment later. */
  page: Page | null
  place: { position: number; waitSeconds: number | null } | null
  queueId: string | null
  callbackKey: string | null
  shown: LineState | null
}

/** How often a waiting caller's place is looked up. */
const PLACES_MS = 3000
/** So that those who come together are looked up together. */
const SOON_MS = 100
/** A call that cannot be made durable in this time has failed for its caller. */
const SETUP_MS = 10_000

const NOT_WAITING = { position: null, waitSeconds: null, canBeCalledBack: false, outcome: null }

export function createLines({ app, exchange, legs, carry, maxCalls }: LinesMeans): Lines {
  const { db, center, directory, log } = app
  const watched = new Map<string, Watched>()
  /** Pages that wait to hear of their call. */
  const calling = new Map<string, (made: boolean) => void>()
  /** Who has called, by call. A page has one call at a time. */
  const callers = new Map<string, Page>()
  /** How many are about to begin: each has a line already. */
  let coming = 0
  let places: NodeJS.Timeout | undefined
  let lookedUpAt = Number.NEGATIVE_INFINITY

  const pageOf = (room: string) => legs.pageOf(room, CUSTOMER)

  function show(room: string, again = false): void {
    const line = watched.get(room)
    if (line?.call.call == null) return
    const state = lineState(line.call.call, line)
    if (!again && JSON.stringify(state) === JSON.stringify(line.shown)) return
    line.shown = state
    line.page = pageOf(room) ?? line.page
    line.page?.send({ type: 'line', leg: nameOf(room, CUSTOMER), line: state })
    if (state.phase === 'waiting') lookUpPlaces()
  }

  /** Whoever the customer was led to talks with it as long as it is there. */
  function showLedTo(room: string): void {
    const agent = watched.get(room)?.call.call?.callerName ?? null
    const line: LineState = { phase: 'talking', queue: null, agent, ...NOT_WAITING }
    legs.pageOf(room, PHONE)?.send({ type: 'line', leg: nameOf(room, PHONE), line })
  }

  /** In a moment, and from then on as long as anybody waits. */
  function lookUpPlaces(): void {
    const wait = Math.max(SOON_MS, lookedUpAt + PLACES_MS - performance.now())
    places ??= setTimeout(async () => {
      lookedUpAt = performance.now()
      try {
        await Promise.all([...waitingByWorkspace()].map(([workspaceId, rooms]) => lookUp(workspaceId, rooms)))
      } catch (error) {
        log.warn({ err: error }, 'where callers stand in line could not be looked up; it will be')
      }
      places = undefined
      if (waitingByWorkspace().size > 0) lookUpPlaces()
    }, wait)
    places.unref()
  }

  function waitingByWorkspace(): Map<string, string[]> {
    const waiting = [...watched].filter(([, { shown }]) => shown?.phase === 'waiting').map(([room]) => room)
    const byWorkspace = new Map<string, string[]>()
    for (const room of waiting) {
      const { workspaceId } = watched.get(room)!.call
      byWorkspace.set(workspaceId, [...(byWorkspace.get(workspaceId) ?? []), room])
    }
    return byWorkspace
  }

  async function lookUp(workspaceId: string, rooms: string[]): Promise<void> {
    const callIds = rooms.flatMap(room => watched.get(room)?.call.call?.id ?? [])
    const { places } = await center.take(workspaceId, { type: 'places', callIds })
    for (const room of rooms) {
      const line = watched.get(room)
      if (line === undefined) continue
      line.place = places[line.call.call?.id ?? ''] ?? null
      await lookUpKey(line)
      show(room)
    }
  }

  /** The key by which the present queue offers to call back. */
  async function lookUpKey(line: Watched): Promise<void> {
    const queueId = line.call.call?.queue?.id ?? null
    if (queueId === line.queueId) return
    line.queueId = queueId
    const [row] = await db.inWorkspace(line.call.workspaceId, tx =>
      tx.query<{ settings: Partial<QueueSettings> }>('select settings from queues where id = $1', [queueId]),
    )
    line.callbackKey = row?.settings.waitKeys?.callback ?? null
  }

  /** What a call needs before it can begin. */
  async function prepare(room: string, said: Extract<FromBrowser, { type: 'call' }>): Promise<Caller> {
    const { to, from, name, language } = said
    const workspaceId = await directory.workspaceOf([to])
    const [workspace] = await db.inWorkspace(workspaceId, tx =>
      tx.query<{ default_country: string }>('select default_country from workspaces where id = current_workspace()'),
    )
    const country = workspace?.default_country ?? 'US'
    const number = readAddress(cleanLine(from), country)
    await carry(room, workspaceId)
    return {
      from: number.kind === 'phone' ? number.e164 : null,
      to: readAddress(cleanLine(to), country).text ?? to,
      name: cleanLine(name, 100),
      language: cleanLine(language, 35),
    }
  }

  return {
    async call(page, said) {
      if ([...callers.values()].includes(page)) {
        page.refuse(null, 'calling_already', 'This page is on a call already. Hang up first.')
        return
      }
      if (exchange.size + coming >= maxCalls) {
        page.refuse(null, 'engine_full', 'All lines are taken just now. Try again in a moment.')
        return
      }
      const room = crypto.randomUUID()
      callers.set(room, page)
      coming++
      const caller = await prepare(room, said)
        .catch(error => {
          callers.delete(room)
          throw error
        })
        .finally(() => coming--)
      const made = new Promise<boolean>(resolve => {
        const timer = setTimeout(resolve, SETUP_MS, false)
        calling.set(room, done => {
          clearTimeout(timer)
          resolve(done)
        })
      })
      page.onClose(() => {
        // Who is gone before there was a leg to come back to has hung up.
        if (calling.has(room)) exchange.leave(room, CUSTOMER)
      })
      exchange.begin(room, caller)
      if (!page.isOpen) exchange.leave(room, CUSTOMER)
      const isMade = await made
      calling.delete(room)
      if (isMade && legs.give(page, room, CUSTOMER, 'caller')) {
        show(room, true)
        return
      }
      exchange.leave(room, CUSTOMER)
      page.refuse(null, 'not_connected', 'The call could not be put through. Try again in a moment.')
    },
    resumed(room, leg) {
      if (leg === CUSTOMER) show(room, true)
      else if (leg === PHONE) showLedTo(room)
    },
    changed(room, call) {
      const known = watched.get(room)
      if (known === undefined)
        watched.set(room, { call, page: null, place: null, queueId: null, callbackKey: null, shown: null })
      calling.get(room)?.(call.call !== null)
      show(room)
    },
    heard(room, state) {
      const line = watched.get(room)
      if (line?.call.call == null || isOver(line.call.call)) return
      line.call.call = { ...line.call.call, ...state }
      show(room)
    },
    callMeBack(room) {
      const key = watched.get(room)?.callbackKey
      // The question that it leads to is answered with what is pressed ahead.
      if (key != null) exchange.digits(room, CUSTOMER, `${key}1`)
    },
    over(room) {
      watched.delete(room)
      callers.delete(room)
    },
    stop: () => clearTimeout(places),
  }
}
