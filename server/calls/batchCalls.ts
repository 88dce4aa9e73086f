import { type Call, type CallState, told } from '../../core/call.ts'
import { type CallKey, type CallRecord, keyOf } from './callStore.ts'
import { isUndialled } from './outboundCall.ts'

/** The calls of one batch: loaded once, changed in memory, saved once. */
export class BatchCalls {
  private readonly byId = new Map<string, CallRecord>()
  /** By what the provider calls them, and has called them. */
  readonly byKey = new Map<string, CallRecord>()
  /** What is to be saved. */
  readonly touched = new Set<CallRecord>()
  /** Calls that we began and of which the provider has told its own id just now. */
  private readonly introduced = new Set<CallRecord>()
  /** As they were when they were loaded, or begun. */
  private readonly before = new Map<CallRecord, Call>()

  /** Loaded and locked. */
  add(record: CallRecord): void {
    this.index(record)
    this.before.set(record, record.call)
  }

  /** For the events that tell of it; no turn is taken on it. */
  mention(record: CallRecord): void {
    this.byId.set(record.call.id, record)
  }

  /** Begins with what has been heard of it. */
  create(record: CallRecord): void {
    this.index(record)
    this.touched.add(record)
  }

  /** Begins with us: nothing is to be asked of it, it comes for its script by itself. */
  begin(record: CallRecord): void {
    this.add(record)
    this.touched.add(record)
  }

  /** What is heard first of a call that we began says our id; from then on it is known by the provider's. */
  introduce({ callId, provider, providerCallId }: CallKey & { callId?: string | null }): void {
    const record = this.find(callId ?? '')
    if (record === null || record.call.provider !== provider || !isUndialled(record.call)) return
    record.call = { ...record.call, providerCallId }
    this.index(record)
    this.touched.add(record)
    this.introduced.add(record)
  }

  find(callId: string): CallRecord | null {
    return this.byId.get(callId) ?? null
  }

  /** A call that is known to be here. */
  get(callId: string): CallRecord {
    return this.byId.get(callId)!
  }

  heardAs(key: CallKey): CallRecord | null {
    return this.byKey.get(keyOf(key)) ?? null
  }

  all(): CallRecord[] {
    return [...this.byId.values()]
  }

  /** As it is told, now. */
  stateOf(callId: string): CallState {
    return told(this.get(callId).call)
  }

  /** Whether its script is another than when it was loaded. */
  hasNewScript(record: CallRecord): boolean {
    return record.call.flow !== null && record.call.flow.step !== this.before.get(record)?.flow?.step
  }

  /** Whether whoever carries its audio does not know yet who is in it. */
  hasNewConversation(record: CallRecord): boolean {
    const { conversation } = record.call
    if (conversation === null) return false
    return this.introduced.has(record) || conversation.revision !== this.before.get(record)?.conversation?.revision
  }

  private index(record: CallRecord): void {
    this.byKey.set(keyOf(record.call), record)
    this.byId.set(record.call.id, record)
  }
}
