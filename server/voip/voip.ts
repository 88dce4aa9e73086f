import { v7 as newId } from 'uuid'
import type { Named } from '../../core/call.ts'
import type { VoipEventType } from '../../core/event.ts'
import { CallRefusal } from '../../core/refusal.ts'
import {
  accept,
  answerRecording,
  come,
  customerOf,
  decline,
  go,
  hangUp,
  isOver,
  isToBeRecorded,
  otherSide,
  passTime,
  ring,
  type Side,
  type Stay,
  sideOf,
  signalsOf,
  type VoipCall,
  type VoipParty,
} from '../../core/voipCall.ts'
import { evidenceOf, type PageAnswer } from '../../core/voipConsent.ts'
import type { App } from '../app.ts'
import { createAlarm } from '../platform/alarm.ts'
import { type Tx, violates } from '../platform/db.ts'
import { conflict, forbidden, invalid, notFound } from '../platform/refusal.ts'
import { findParticipant, isReachable, type Participant } from './participantStore.ts'
import type { Rooms } from './rooms.ts'
import { consentFor } from './voipConsent.ts'
import {
  findVoipCall,
  insertVoipCall,
  listDue,
  lockVoipCall,
  noteTold,
  occupyLines,
  saveVoipCall,
  soonestDue,
  workspacesDue,
} from './voipStore.ts'

/** Calls between people at their browsers. Everything that changes one goes through here, one change at a time. */
export interface Voip {
  /**
   * Rings at the callee's. Throws a 404 refusal where there is no such callee, a 409 where one of the two is on another
   * call: of two calls to one person exactly one begins, on whatever process.
   */
  call(caller: Participant, calleeSupabaseId: string, callerName: string | null): Promise<VoipCall>
  /** What a participant does with its call. Throws a 404 refusal for anybody else's. */
  act(who: Participant, roomName: string, what: 'accept' | 'decline' | 'hangUp'): Promise<VoipCall>
  /** What the customer's page says about recording. Throws a 403 refusal for the other's page, a 409 for what it cannot say. */
  answerRecording(who: Participant, roomName: string, answer: Omit<PageAnswer, 'at'>): Promise<VoipCall>
  /** Somebody is in the room, or still is. */
  come(workspaceId: string, roomName: string, stay: Stay): Promise<void>
  /** Somebody's stay in the room is over. */
  go(workspaceId: string, roomName: string, stay: Stay): Promise<void>
  /** What else may happen to it; nothing does to a call that is not there. */
  change(
    workspaceId: string,
    roomName: string,
    change: (call: VoipCall, now: string) => VoipCall,
  ): Promise<VoipCall | null>
  find(workspaceId: string, roomName: string): Promise<VoipCall | null>
  start(): Promise<void>
  stop(): void
}

const RETRY_MS = 1000

export function createVoip({ db, log, center }: Pick<App, 'db' | 'log' | 'center'>, rooms: Rooms): Voip {
  const alarm = createAlarm({
    log,
    ring: workspaceId => void look(workspaceId),
    overdue: until => db.asSystem(sql => workspacesDue(sql, until)),
    shared: db.shared,
  })

  async function look(workspaceId: string): Promise<void> {
    try {
      const { due, untold } = await db.inWorkspace(workspaceId, tx => listDue(tx, tx.now))
      for (const call of untold) await tell(workspaceId, call)
      for (const { roomName, ...call } of due) {
        const alive = call.status === 'IN_PROGRESS' ? await rooms.alive({ roomName, ...call }) : []
        await change(workspaceId, roomName, (now, time) => passTime(now, alive, time))
      }
      alarm.set(workspaceId, await db.inWorkspace(workspaceId, soonestDue))
    } catch (error) {
      log.error({ err: error }, 'what was due could not be done; it will be tried again')
      alarm.set(workspaceId, Date.now() + RETRY_MS)
    }
  }

  const change: Voip['change'] = async (workspaceId, roomName, how) => {
    const changed = await db.inWorkspace(workspaceId, async tx => {
      const before = await lockVoipCall(tx, roomName)
      if (before === null) return null
      const after = how(before, tx.now)
      if (after === before) return { before, after, dueAt: null }
      await saveVoipCall(tx, after)
      const type = eventOf(before, after)
      if (type !== null) tx.emit({ type, voip: stateOf(after) })
      return { before, after, dueAt: await soonestDue(tx) }
    })
    if (changed === null) return null
    const { before, after, dueAt } = changed
    if (after === before) return after
    alarm.set(workspaceId, dueAt)
    const mayRecord = isToBeRecorded(after)
    if (mayRecord !== isToBeRecorded(before) && !isOver(after)) await rooms.record(workspaceId, after, mayRecord)
    if (before.status !== after.status || before.consent !== after.consent) await follow(workspaceId, after)
    return after
  }

  /** What a new status, or an answer, means for the others: the call center, and whoever carries the audio. */
  async function follow(workspaceId: string, call: VoipCall): Promise<void> {
    if (isOver(call)) await rooms.closed(workspaceId, call)
    await tell(workspaceId, call).catch(error => {
      log.error({ err: error }, 'a call could not be told to the call center; it will be')
      alarm.set(workspaceId, Date.now() + RETRY_MS)
    })
  }

  /** The call center takes it as a call that is carried elsewhere, and knows whose it is. Telling it again changes nothing. */
  async function tell(workspaceId: string, call: VoipCall): Promise<void> {
    const customer = customerOf(call)
    const people = await db.inWorkspace(workspaceId, tx => findBoth(tx, call))
    const { call: known } = await center.take(workspaceId, {
      type: 'delivery',
      signals: signalsOf(call, call.provider === 'builtin' ? speakerOf(call, people) : null),
      answers: false,
    })
    if (known !== null) {
      const command = { type: 'command', callId: known.id, admit: () => {} } as const
      const { contact = null } = Object.values(people).find(side => side?.type === 'PORTAL_CUSTOMER') ?? {}
      if (known.contact === null && contact !== null) {
        const by = { id: call.from.id, name: call.from.name }
        await center.take(workspaceId, { ...command, input: { type: 'settleContact', contact, by } })
      }
      const said = call.consent && evidenceOf(call.consent)
      if (said !== null) await center.take(workspaceId, { ...command, input: { type: 'pageConsent', consent: said } })
      // Ours first: the call is theirs, whoever else of us is on it.
      for (const side of [otherSide(customer), customer]) {
        const { agentId = null, name = '' } = people[side] ?? {}
        if (agentId === null) continue
        await center.take(workspaceId, { ...command, input: { type: 'join', agent: { id: agentId, name } } })
      }
    }
    await db.inWorkspace(workspaceId, tx => noteTold(tx, call))
  }

  const begin = (caller: Participant, calleeSupabaseId: string, callerName: string | null) =>
    db.inWorkspace(caller.workspaceId, async tx => {
      const callee = await findParticipant(tx, calleeSupabaseId)
      // Customers call the company, not each other: for a customer there are no others.
      const unknown = callee === null || callee.disabled
      if (
        unknown ||
        (caller.type === 'PORTAL_CUSTOMER' && callee.type === 'PORTAL_CUSTOMER' && callee.id !== caller.id)
      )
        throw notFound('person to call')
      if (callee.id === caller.id) throw invalid([{ path: 'calleeSupabaseId', message: 'Nobody can call themselves.' }])
      const both = { from: { ...partyOf(caller), name: shownName(caller, callerName) }, to: partyOf(callee) }
      const call = ring(
        {
          id: newId(),
          roomName: roomNameOf(caller, callee),
          provider: rooms.provider,
          ...both,
          consent: await consentFor(tx, both, rooms.records),
        },
        tx.now,
      )
      await insertVoipCall(tx, call)
      const busy = await occupyLines(tx, call)
      if (busy.includes(caller.id)) throw conflict('caller_busy', 'You are on another call: end it first.')
      if (busy.length > 0 || !(await isReachable(tx, callee.id)))
        throw conflict('callee_busy', `${callee.name} is on another call.`)
      tx.emit({ type: 'voip.started', voip: stateOf(call) })
      return { call, dueAt: await soonestDue(tx) }
    })

  async function actOn(
    who: Participant,
    roomName: string,
    how: (call: VoipCall, side: Side, now: string) => VoipCall,
  ): Promise<VoipCall> {
    const call = await change(who.workspaceId, roomName, (call, now) => {
      const side = sideOf(call, who.id)
      if (side === null) throw notFound('call')
      try {
        return how(call, side, now)
      } catch (error) {
        if (!(error instanceof CallRefusal)) throw error
        throw error.code === 'not_yours_to_answer' ? forbidden(error.message) : conflict(error.code, error.message)
      }
    })
    if (call === null) throw notFound('call')
    return call
  }

  return {
    change,
    async call(caller, calleeSupabaseId, callerName) {
      const { call, dueAt } = await begin(caller, calleeSupabaseId, callerName).catch(error => {
        // Two people whose ids begin alike, in the same millisecond.
        if (violates(error, 'voip_calls_room_name_key')) return begin(caller, calleeSupabaseId, callerName)
        throw error
      })
      alarm.set(caller.workspaceId, dueAt)
      await follow(caller.workspaceId, call)
      return call
    },
    act: (who, roomName, what) => actOn(who, roomName, { accept, decline, hangUp }[what]),
    answerRecording: (who, roomName, answer) =>
      actOn(who, roomName, (call, side, now) => answerRecording(call, side, answer, now)),
    async come(workspaceId, roomName, stay) {
      await change(workspaceId, roomName, (call, now) => come(call, stay, now))
    },
    async go(workspaceId, roomName, stay) {
      await change(workspaceId, roomName, (call, now) => go(call, stay, now))
    },
    find: (workspaceId, roomName) => db.inWorkspace(workspaceId, tx => findVoipCall(tx, roomName)),
    start: alarm.start,
    stop: alarm.stop,
  }
}

/** Both as they are by now; null for one who does not take part any more. */
async function findBoth(tx: Tx, { from, to }: VoipCall): Promise<Record<Side, Participant | null>> {
  return {
    from: await findParticipant(tx, from.supabaseUserId),
    to: await findParticipant(tx, to.supabaseUserId),
  }
}

/** Who speaks for us, under whose id its desk knows it where it has one. */
function speakerOf(call: VoipCall, people: Record<Side, Participant | null>): Named {
  const ours = otherSide(customerOf(call))
  const { id, name } = call[ours]
  return { id: people[ours]?.agentId ?? id, name }
}

const partyOf = ({ id, supabaseUserId, type, name, phone }: Participant): VoipParty => ({
  id,
  supabaseUserId,
  type,
  name,
  phone,
})

/** Whoever calls under another name is shown with its own as well. */
function shownName({ name }: Participant, given: string | null): string {
  return given === null || given.toLowerCase() === name.toLowerCase() ? name : `${given} (${name})`
}

const roomNameOf = (from: Participant, to: Participant): string => `call-${startOf(from)}-${startOf(to)}-${Date.now()}`

const startOf = ({ supabaseUserId, id }: Participant): string =>
  supabaseUserId.replace(/[^A-Za-z0-9]/g, '').slice(0, 8) || id.slice(-8)

export const stateOf = ({ dueAt: _, connections: __, ...state }: VoipCall) => state

function eventOf(before: VoipCall, after: VoipCall): VoipEventType | null {
  if (before.status === after.status) return before.consent === after.consent ? null : 'voip.consent_noted'
  switch (after.status) {
    case 'IN_PROGRESS':
      return 'voip.accepted'
    case 'DECLINED':
      return 'voip.declined'
    case 'MISSED':
      return 'voip.missed'
    case 'RINGING':
      return null
    default:
      return 'voip.ended'
  }
}
