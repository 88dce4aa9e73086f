import { v7 as newId } from 'uuid'
import { type Call, isOver } from '../../core/call.ts'
import type { Card } from '../../core/card.ts'
import { type Cause, CENTER } from '../../core/cause.ts'
import type { CenterEvent } from '../../core/event.ts'
import {
  type NewCallback,
  type Promised,
  promiseCallbacks,
  settleCallbacks,
  takeUpCallbacks,
} from '../callbacks/callbackStore.ts'
import type { Tx } from '../platform/db.ts'
import { keepRecordings, type RecordingChange } from '../recordings/recordingStore.ts'
import { keepVoicemails, type NewVoicemail, putBackVoicemails, takeUpVoicemails } from '../voicemails/voicemailStore.ts'
import type { BatchCalls } from './batchCalls.ts'
import { findCalls, saveCalls } from './callStore.ts'
import { dealCards } from './cards.ts'
import { isUndialled } from './outboundCall.ts'
import { storeCommands } from './providerCommandStore.ts'
import { EMPTY_CARD } from './strangers.ts'
import type { Aftermath, Fetch, ProviderCommand, TakenWork } from './turnInput.ts'

/** What the turns of one batch lead to beside the calls themselves: noted while they are taken, saved at once. */
export class Ledger {
  readonly voicemails: NewVoicemail[] = []
  readonly recordings: RecordingChange[] = []
  readonly callbacks: NewCallback[] = []
  readonly taken: TakenWork[] = []
  readonly settled = new Set<Promised>()
  /** Voicemails that stand in line again. */
  readonly putBack: string[] = []
  /** Agents who have chosen their presence. */
  readonly chosen: string[] = []
  readonly fetches: Fetch[] = []
  /** Calls whose script goes back with the answer to a delivery. */
  readonly answered = new Set<string>()
  /** What providers are asked to do beside performing the scripts that they come for. */
  private readonly commands: ProviderCommand[] = []
  private readonly calls: BatchCalls
  /** In order; those that need what is not loaded yet are made at the end. */
  private readonly events: (() => CenterEvent)[] = []
  /** Whose doing each of them is. */
  private readonly causes: Cause[] = []
  /** Calls that events tell of, with and without their card. */
  private readonly offered = new Set<string>()
  private readonly mentioned = new Set<string>()
  private readonly cards = new Map<string, Card>()

  constructor(calls: BatchCalls) {
    this.calls = calls
  }

  emit(...events: CenterEvent[]): void {
    for (const event of events) this.events.push(() => event)
  }

  /** Tells of a call as it is when all turns have been taken; it need not be loaded yet. */
  emitOf(callId: string, make: () => CenterEvent): void {
    this.mentioned.add(callId)
    this.events.push(make)
  }

  /** {@link emitOf}, with the call's whole card. */
  emitWithCard(callId: string, make: (card: Card) => CenterEvent): void {
    this.offered.add(callId)
    this.events.push(() => make(this.cards.get(callId) ?? EMPTY_CARD))
  }

  /** The call is needed for the answer to whoever asked. */
  mention(callId: string): void {
    this.mentioned.add(callId)
  }

  /** What has happened since the last time is the doing of `cause`. */
  attribute(cause: Cause): void {
    while (this.causes.length < this.events.length) this.causes.push(cause)
  }

  command({ id, provider }: Pick<Call, 'id' | 'provider'>, command: ProviderCommand['command']): void {
    this.commands.push({ id: newId(), callId: id, provider, command })
  }

  /** Writes everything, one statement per table, and the events last. */
  async save(tx: Tx, takesCommands: (provider: string) => boolean): Promise<Omit<Aftermath, 'dueAt'>> {
    this.commandProviders()
    const commands = this.commands.filter(({ provider }) => takesCommands(provider))
    await this.loadMentioned(tx)
    await saveCalls(tx, [...this.calls.touched])
    await keepVoicemails(tx, this.voicemails)
    await keepRecordings(tx, this.recordings)
    await promiseCallbacks(tx, this.callbacks)
    await takeUpVoicemails(tx, this.taken)
    await putBackVoicemails(tx, this.putBack)
    await takeUpCallbacks(tx, this.taken)
    await settleCallbacks(tx, [...this.settled])
    await noteChosen(tx, this.chosen)
    await storeCommands(tx, commands)
    for (const [index, make] of this.events.entries()) tx.emitFor(this.causes[index] ?? CENTER, make())
    return { fetches: this.fetches, commands }
  }

  /** Providers are told of whatever has changed and they do not come for by themselves. */
  private commandProviders(): void {
    const touched = [...this.calls.touched]
    for (const record of touched) {
      const { call } = record
      if (call.flow === null || !this.calls.hasNewScript(record) || this.answered.has(call.id) || isOver(call)) continue
      // It comes as if the script that it leaves had ended: naming the new one, its coming would be taken for silence.
      this.command(call, { type: 'ask', providerCallId: call.providerCallId, step: call.flow.step - 1 })
    }
    for (const record of touched) {
      const { call } = record
      const { conversation, providerCallId } = call
      // Where others lead the call, whoever carries its audio follows what happens to it.
      if (conversation === null || call.control !== 'ours' || isUndialled(call)) continue
      if (this.calls.hasNewConversation(record)) this.command(call, { type: 'arrange', providerCallId, conversation })
    }
  }

  /** Loads the calls that events tell of and that no turn has touched, and deals the cards of those that are offered. */
  private async loadMentioned(tx: Tx): Promise<void> {
    const missing = [...new Set([...this.offered, ...this.mentioned])].filter(id => this.calls.find(id) === null)
    for (const record of await findCalls(tx, missing)) this.calls.mention(record)
    const records = [...this.offered].map(id => this.calls.get(id))
    if (records.length === 0) return
    const dealt = await dealCards(tx, records)
    records.forEach((record, index) => {
      this.cards.set(record.call.id, dealt[index]!)
    })
  }
}

/** Presence that a person has chosen holds until its desk, once open, closes. */
async function noteChosen(tx: Tx, agentIds: string[]): Promise<void> {
  if (agentIds.length === 0) return
  await tx.query('update agents set seen_at = null where workspace_id = current_workspace() and id = any($1::uuid[])', [
    agentIds,
  ])
}
