import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { takesCalls } from '../../core/presence.ts'
import type { Snapshot, TakenUp } from '../../core/routing.ts'
import type { InputResult, LegSignal, Signal } from '../../core/signal.ts'
import { openEmbedded, type TestDatabase } from '../../test/support/databases.ts'
import { furnishLargeCenter, type LargeCenter } from '../../test/support/largeCenter.ts'
import { type Center, createCenter } from '../calls/center.ts'
import type { TurnInput } from '../calls/turnInput.ts'
import { addContact } from '../contacts/testing.ts'
import { createLog } from '../platform/log.ts'
import { Floor } from './floor.ts'
import { bumpSettings, loadFloor, lockHead } from './routingStore.ts'
import { loadSettings } from './settings.ts'

const QUEUES = 8
const AGENTS = 6
const CALLERS = ['+14155550101', '+14155550102', '+14155550103', '+14155550104', 'anonymous']

/** What is set of the queues besides what makes them differ already: who overflows where, who is held for whom. */
const MORE = (queueIds: string[]): Record<number, object> => ({
  1: { stickyAgent: true, preferredHoldMs: 6000 },
  2: { maxWaitMs: 8000, overflow: { type: 'callback' } },
  3: { maxLength: 1, overflow: { type: 'queue', queueId: queueIds[4] } },
  4: { priority: 1, maxWaitMs: 20_000, overflow: { type: 'queue', queueId: queueIds[5] } },
  5: { stickyAgent: true, waitKeys: { voicemail: '1', callback: '2' } },
  6: { maxWaitMs: 6000, overflow: { type: 'voicemail' } },
})

/** One thing that happens; numbers choose among what is there at that time. */
type Step =
  | { do: 'ring'; caller: number; queue: number }
  | { do: 'hang up' | 'accept' | 'decline' | 'finish' | 'end the wrap-up' | 'finish the work'; which: number }
  | { do: 'take' | 'write longer'; which: number; agent: number }
  | { do: 'ring elsewhere' }
  | { do: 'join'; which: number; agent: number }
  | { do: 'send'; which: number; queue: number | null }
  | { do: 'answer'; which: number; result: InputResult }
  | { do: 'choose'; agent: number; status: 'available' | 'break' | 'offline' }
  | { do: 'wait'; ms: number }
  | { do: 'change settings' }

const which = fc.nat(100)
const queue = fc.nat(QUEUES - 1)
const agent = fc.nat(AGENTS - 1)
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('ring' as const), caller: fc.nat(CALLERS.length - 1), queue }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('choose' as const),
      agent,
      status: fc.constantFrom('available' as const, 'available' as const, 'break' as const, 'offline' as const),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom('accept', 'accept', 'decline', 'hang up', 'finish', 'end the wrap-up', 'finish the work'),
      which,
    }) as fc.Arbitrary<Step>,
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('take' as const, 'write longer' as const), which, agent }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ring elsewhere' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const), which, agent }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('send' as const), which, queue: fc.option(queue) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      which,
      result: fc.constantFrom<InputResult>(
        { type: 'none' },
        { type: 'digits', digits: '1' },
        { type: 'digits', digits: '2' },
        { type: 'dialled', outcome: 'no-answer' },
        { type: 'recorded', recordingId: 'r', url: 'https://r', seconds: 3 },
      ),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 700, 3000, 5000, 21_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change settings' as const) }) },
)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-05T12:00:00.000Z') })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** What has gone wrong before: a call that goes on to another queue of whom it rings at, or who let it pass. */
const KNOWN: Step[][] = [
  [
    { do: 'choose', agent: 1, status: 'available' },
    { do: 'ring', caller: 4, queue: 1 },
    { do: 'send', which: 0, queue: 2 },
    { do: 'accept', which: 0 },
  ],
  [
    { do: 'choose', agent: 1, status: 'available' },
    { do: 'ring', caller: 4, queue: 1 },
    { do: 'decline', which: 0 },
    { do: 'wait', ms: 1 },
    { do: 'send', which: 0, queue: 2 },
    { do: 'decline', which: 0 },
  ],
]

test('a floor read from the tables is the one that was held in memory, whatever has happened on it', async () => {
  const changes = vi.spyOn(Floor.prototype, 'changes')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(STEP, fc.boolean()), { minLength: 30, maxLength: 60 }), async steps => {
      const history = await History.begin()
      for (const [step, byTheOther] of steps) {
        await history.take(step, byTheOther)
        const remembered = changes.mock.contexts.at(-1) as Floor
        const read = await history.read()
        expect(describeFloor(read), JSON.stringify(step)).toEqual(describeFloor(remembered))
        expect(read.tell(), `${JSON.stringify(step)} left nothing undone`).toEqual([])
      }
      await history.end()
    }),
    { numRuns: 6, endOnFailure: true, examples: KNOWN.map(steps => [steps.map(step => [step, false])]) },
  )
}, 120_000)

let calls = 0

/** What happens in one workspace, decided by two processes in turn. */
class History {
  private readonly centers: [Center, Center]
  private readonly database: TestDatabase
  private readonly center: LargeCenter

  private constructor(database: TestDatabase, center: LargeCenter) {
    const { db } = database
    this.database = database
    this.center = center
    const open = () =>
      createCenter({
        db,
        log: createLog('silent'),
        takesCommands: () => false,
        hasSoftphones: () => false,
        carryOut() {},
      })
    this.centers = [open(), open()]
  }

  static async begin(): Promise<History> {
    const database = await openEmbedded()
    const { db } = database
    const center = await furnishLargeCenter(db, { queues: QUEUES, agents: AGENTS })
    const { workspaceId, queues, agents } = center
    for (const [index, caller] of CALLERS.slice(0, 3).entries())
      await addContact(db, workspaceId, { name: `Contact ${index}`, phones: [caller] } as never)
    await db.inWorkspace(workspaceId, async tx => {
      for (const [index, more] of Object.entries(MORE(queues.map(({ id }) => id))))
        await tx.query('update queues set settings = settings || $2::jsonb where id = $1', [
          queues[Number(index)]!.id,
          JSON.stringify(more),
        ])
      await tx.query('update agents set capacity = 2 where id = $1', [agents[0]!.id])
      await tx.query(`update agents set phone = '+14155550177' where id = any($1::uuid[])`, [
        [agents[1]!.id, agents[2]!.id],
      ])
    })
    return new History(database, center)
  }

  async end(): Promise<void> {
    for (const center of this.centers) {
      center.stop()
      await center.idle()
    }
    await this.database.close()
  }

  async take(step: Step, byTheOther: boolean): Promise<void> {
    const input = await this.inputOf(step)
    await this.centers[byTheOther ? 1 : 0].take(this.center.workspaceId, input)
  }

  read(): Promise<Floor> {
    return this.database.db.inWorkspace(this.center.workspaceId, async tx => {
      const { nextAttempt } = await lockHead(tx)
      return new Floor(await loadSettings(tx), await loadFloor(tx), nextAttempt, Date.now())
    })
  }

  /** What is not there to be done is a look. */
  private async inputOf(step: Step): Promise<TurnInput> {
    const { workspaceId, agents, queues } = this.center
    const by = { id: agents[0]!.id, name: 'Somebody' }
    const look: TurnInput = { type: 'look' }
    const query = <Row>(sql: string) => this.database.db.inWorkspace(workspaceId, tx => tx.query<Row>(sql))
    const oneOf = async <Row>(sql: string, index: number): Promise<Row | undefined> => {
      const rows = await query<Row>(sql)
      return rows[index % Math.max(1, rows.length)]
    }
    const aCall = (index: number) =>
      oneOf<{ id: string; sid: string }>(
        `select id, provider_call_id as sid from calls where status not in ('completed', 'failed') order by id`,
        index,
      )
    const admit = () => {}
    switch (step.do) {
      case 'ring': {
        const { number } = queues[step.queue]!
        return deliver(leg(`CA${++calls}`, { from: CALLERS[step.caller]!, to: number }))
      }
      case 'ring elsewhere':
        return deliver(leg(`CA${++calls}`, { control: 'provider' }))
      case 'join': {
        const sql = `select id from calls where control = 'provider' and status not in ('completed', 'failed') order by id`
        const call = await oneOf<{ id: string }>(sql, step.which)
        const agent = { id: agents[step.agent]!.id, name: 'Speaker' }
        return call ? { type: 'command', callId: call.id, admit, input: { type: 'join', agent } } : look
      }
      case 'hang up': {
        const call = await aCall(step.which)
        return call ? deliver(leg(call.sid, { status: 'ended', endReason: 'completed', order: 9 })) : look
      }
      case 'accept':
      case 'decline': {
        const sql = 'select id, agent_id from offers where outcome is null order by id'
        const offer = await oneOf<{ id: string; agent_id: string }>(sql, step.which)
        return offer ? { type: step.do, offerId: offer.id, agentId: offer.agent_id } : look
      }
      case 'finish': {
        const call = await aCall(step.which)
        return call ? { type: 'command', callId: call.id, admit, input: { type: 'finish', agentId: null, by } } : look
      }
      case 'take': {
        const call = await aCall(step.which)
        const taker = { id: agents[step.agent]!.id, name: 'Taker' }
        return call ? { type: 'command', callId: call.id, admit, input: { type: 'take', agent: taker } } : look
      }
      case 'send': {
        const call = await aCall(step.which)
        const to =
          step.queue === null
            ? { type: 'number' as const, number: '+14155550188' }
            : { type: 'queue' as const, queueId: queues[step.queue]!.id }
        return call ? { type: 'command', callId: call.id, admit, input: { type: 'send', to, name: '', by } } : look
      }
      case 'answer': {
        const call = await aCall(step.which)
        const input = { type: 'input' as const, provider: 'twilio', providerCallId: call?.sid ?? '' }
        return call ? deliver({ ...input, step: null, key: null, result: step.result }) : look
      }
      case 'end the wrap-up':
      case 'write longer': {
        const sql = `select agent_id, call_id from slots where state = 'wrap-up' order by agent_id, slot`
        const slot = await oneOf<{ agent_id: string; call_id: string }>(sql, step.which)
        const seconds = step.do === 'write longer' ? 30 : null
        return slot ? { type: 'wrapUp', agentId: slot.agent_id, callId: slot.call_id, seconds } : look
      }
      case 'finish the work': {
        const sql = `select work_id from queue_entries where kind <> 'call' order by work_id`
        const work = await oneOf<{ work_id: string }>(sql, step.which)
        return work ? { type: 'finishWork', workId: work.work_id } : look
      }
      case 'choose': {
        const presence = { status: step.status, reason: null }
        return { type: 'choosePresence', agentId: agents[step.agent]!.id, presence, by: null }
      }
      case 'wait':
        vi.setSystemTime(Date.now() + step.ms)
        return look
      case 'change settings':
        await this.database.db.inWorkspace(workspaceId, bumpSettings)
        return look
      default:
        return step satisfies never
    }
  }
}

const deliver = (...signals: Signal[]): TurnInput => ({ type: 'delivery', signals, answers: true })

const leg = (providerCallId: string, more: Partial<LegSignal> = {}): LegSignal => ({
  type: 'leg',
  provider: 'twilio',
  providerCallId,
  providerLegId: providerCallId,
  party: 'customer',
  status: 'ringing',
  endReason: null,
  order: 0,
  at: null,
  durationSeconds: null,
  direction: 'inbound',
  from: null,
  to: null,
  callerName: null,
  control: 'ours',
  extensionId: null,
  ...more,
})

/** All that a floor knows and decides by. Offers are numbered anew when they are read, and nobody asks for the numbers. */
function describeFloor(floor: Floor) {
  const snapshot: Snapshot = floor.routing.snapshot()
  const available = new Set(
    snapshot.agents.filter(({ state }) => takesCalls(state.presence)).map(({ profile }) => profile.id),
  )
  const items = snapshot.items
    .map(item => describeItem(item, available))
    .sort((a, b) => (a.id + a.stage < b.id + b.stage ? -1 : 1))
  return {
    agents: snapshot.agents,
    items,
    turns: snapshot.turns,
    dueAt: floor.dueAt(),
    lines: items.map(({ id }) => ({
      id,
      work: floor.work(id),
      holder: floor.holderOf(id),
      // Without the place in line: of two that joined it in the same millisecond, either may be first.
      why: floor.whyWaiting(id)?.explanation.eligible,
    })),
  }
}

function describeItem({ call, passedBy, stage }: TakenUp, available: Set<string>) {
  // What is written up is no longer in any line: nothing but whose it is matters.
  if (stage.type === 'wrap-up') return { id: call.id, stage: `wrap-up of ${stage.agentId} in ${call.queueId}` }
  const { queueId, requires, priority, preferredAgentId, enqueuedAt } = call
  const told =
    stage.type === 'offered'
      ? stage.offers.map(({ agentId, madeAt, expiresAt }) => `${agentId} ${madeAt} ${expiresAt}`).sort()
      : stage
  return {
    ...{ id: call.id, queueId, requires, priority, preferredAgentId, enqueuedAt, stage: stage.type, told },
    // Who is away begins anew on coming back: whether it let this pass before does not matter any more.
    passedBy: passedBy.filter(({ agentId }) => available.has(agentId)).sort((a, b) => (a.agentId < b.agentId ? -1 : 1)),
  }
}
