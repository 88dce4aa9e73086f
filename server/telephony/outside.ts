import { setTimeout } from 'node:timers/promises'
import type { Commands, Told } from '../../providers/provider.ts'
import { COMMAND_LEASE_MS } from '../calls/providerCommandStore.ts'
import type { Aftermath, Fetch, ProviderCommand, TurnInput, TurnResult } from '../calls/turnInput.ts'
import type { Config } from '../config.ts'
import { backoffMs } from '../platform/backoff.ts'
import type { Db, Tx } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { send } from '../platform/outgoing.ts'
import { type Account, type Addresses, createAccounts } from './accounts.ts'

/** Does what turns ask of the outside world, once they are durable: commands to providers, requests of flows. */
export interface Outside {
  takesCommands(provider: string): boolean
  hasSoftphones(provider: string): boolean
  recordsBridges(provider: string): boolean
  /**
   * By which provider an agent calls somebody: a carrier's where there is one and the agent has a telephone that it can
   * reach, else the one whose calls are spoken in the browser; null: neither is there.
   */
  providerToCallBy(hasTelephone: boolean): string | null
  carryOut(workspaceId: string, aftermath: Aftermath): void
  /**
   * What the answer to a flow's HTTP request leads to; whoever asks answers the provider with it. Null: this call
   * waits for none here, or none has come within `patienceMs`.
   */
  fetching(callId: string, patienceMs: number): Promise<TurnResult | null>
  start(): void
  stop(): void
  idle(): Promise<void>
}

export interface OutsideMeans {
  config: Config
  db: Db
  log: Log
  addresses: string[]
  /** Our own exchange. */
  builtin: Account
  take(workspaceId: string, input: TurnInput): Promise<TurnResult>
}

/** A flow's HTTP request that is under way. */
interface Fetching {
  /** Resolves as soon as there is an answer, or none will come. */
  answered: Promise<unknown>
  turn: Promise<TurnResult>
  /** How many deliveries hold back their own answer for it. */
  awaited: number
}

const MAX_ATTEMPTS = 5
const CHANNEL = 'ringside_commands'
/** How often commands that a dead process has left are looked for. */
const WATCH_MS = 5000

export function createOutside({ config, db, log, addresses, builtin, take }: OutsideMeans): Outside {
  const accounts = { ...createAccounts(config), builtin }
  const fetches = new Map<string, Fetching>()
  const running = new Set<Promise<unknown>>()
  let watch: NodeJS.Timeout | undefined

  const accountOf = (provider: string) => Object.values(accounts).find(({ name }) => name === provider)

  function keep<T>(work: Promise<T>): Promise<T> {
    running.add(work)
    work.finally(() => running.delete(work)).catch(() => {})
    return work
  }

  function fetchFor(workspaceId: string, { callId, step, method, url, body, deadlineMs }: Fetch): void {
    const answered = send({ method, url, body, deadlineMs, allowPrivate: config.webhookAllowPrivate })
      .then(({ status, body }) => (status >= 200 && status < 300 ? (JSON.parse(body) as unknown) : null))
      .catch(error => {
        log.info({ err: error, callId }, 'a flow asked another server and takes its fallback')
        return null
      })
    const turn = answered.then(answer =>
      take(workspaceId, { type: 'fetched', callId, step, answer, answers: fetching.awaited > 0 }),
    )
    const fetching: Fetching = { answered, turn, awaited: 0 }
    fetches.set(callId, fetching)
    void keep(turn)
      .catch(failed)
      // The flow may have asked for something else by now.
      .finally(() => fetches.get(callId) === fetching && fetches.delete(callId))
  }

  async function perform(
    workspaceId: string,
    { id, callId, provider, command }: ProviderCommand,
    attempts = 1,
  ): Promise<void> {
    const account = accountOf(provider)
    if (account?.isElsewhere()) {
      await leave(workspaceId, id)
      return
    }
    const commands = account?.commands
    // Whoever was to dial may have died before the request or after it. A telephone that rings twice for one promise
    // cannot be taken back, while one that did not ring has only cost a turn: the promise stands in line again.
    const lost = command.type === 'dial' && attempts > 1
    const told: Told =
      !lost && account && commands
        ? await give(commands, callId, command, account.addresses(addresses[0]!))
        : {
            done: false,
            gone: true,
            retryable: false,
            reason: lost ? 'nobody knows whether it was sent' : 'it is not set up any more',
          }
    const again = command.type !== 'dial' && !told.done && !told.gone && told.retryable && attempts < MAX_ATTEMPTS
    if (!told.done && !told.gone)
      log.warn({ reason: told.reason, again }, `${provider} did not do what it was asked (${command.type})`)
    if (command.type === 'dial' && !told.done) await take(workspaceId, { type: 'undialled', callId })
    await db.inWorkspace(workspaceId, tx =>
      again
        ? tx.query('update provider_commands set due_at = $2 where id = $1', [
            id,
            new Date(Date.now() + backoffMs(attempts, { firstMs: 2000 })),
          ])
        : tx.query('delete from provider_commands where id = $1', [id]),
    )
  }

  /** Whoever carries the call is told that there is something to be done. */
  async function leave(workspaceId: string, id: string): Promise<void> {
    await db.inWorkspace(workspaceId, tx =>
      tx.query('update provider_commands set due_at = $2 where id = $1', [id, new Date(Date.now() - 1000)]),
    )
    await db.notify(CHANNEL, [''])
  }

  async function takeUpLeft(): Promise<void> {
    const left = await db.asSystem(sql =>
      sql.query<{ workspace_id: string }>(
        'select distinct workspace_id from provider_commands where due_at < now() limit 100',
      ),
    )
    const ours = Object.values(accounts).flatMap(account => (account.isElsewhere() ? [] : account.name))
    for (const { workspace_id } of left)
      for (const { attempts, ...command } of await db.inWorkspace(workspace_id, tx => claim(tx, ours)))
        void keep(perform(workspace_id, command, attempts)).catch(failed)
  }

  const failed = (error: unknown) => log.error({ err: error }, 'a command to a provider could not be carried out')
  const look = () => void keep(takeUpLeft()).catch(failed)

  return {
    takesCommands: provider => accountOf(provider)?.commands != null,
    hasSoftphones: provider => accountOf(provider)?.softphones ?? false,
    recordsBridges: provider => accountOf(provider)?.recordsBridges ?? false,
    providerToCallBy(hasTelephone) {
      const usable = Object.values(accounts).filter(({ commands }) => commands !== null)
      const carrier = hasTelephone ? usable.find(({ softphones }) => !softphones) : undefined
      return (carrier ?? usable.find(({ softphones }) => softphones))?.name ?? null
    },
    carryOut(workspaceId, aftermath) {
      for (const fetch of aftermath.fetches) fetchFor(workspaceId, fetch)
      for (const command of aftermath.commands) void keep(perform(workspaceId, command)).catch(failed)
    },
    async fetching(callId, patienceMs) {
      const fetching = fetches.get(callId)
      if (fetching === undefined) return null
      fetching.awaited += 1
      const moment = new AbortController()
      const late = setTimeout(patienceMs, true, { signal: moment.signal }).catch(() => false)
      if (await Promise.race([fetching.answered.then(() => false), late])) {
        fetching.awaited -= 1
        return null
      }
      moment.abort()
      return fetching.turn.catch(() => null)
    },
    start() {
      look()
      db.listen(CHANNEL, look, look).catch(failed)
      watch = setInterval(look, WATCH_MS)
      watch.unref()
    },
    stop: () => clearInterval(watch),
    async idle() {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}

function give(
  commands: Commands,
  callId: string,
  command: ProviderCommand['command'],
  addresses: Addresses,
): Promise<Told> {
  switch (command.type) {
    case 'ask':
      return commands.ask({ providerCallId: command.providerCallId }, addresses.input(command.step))
    case 'sendText':
      return commands.sendText(command.to, command.from, command.text)
    case 'arrange':
      return commands.arrange!({ providerCallId: command.providerCallId }, command.conversation)
    case 'dial': {
      // The provider's id of the call is not known yet: what is heard of it first says ours.
      const urls = { answer: `${addresses.input(0)}&call=${callId}`, status: `${addresses.status}?call=${callId}` }
      return commands.dial(command.to, command.from, urls, command.ringSeconds)
    }
    default:
      return command satisfies never
  }
}

/** Commands whose process is gone become this one's; nobody else takes them meanwhile. */
async function claim(tx: Tx, providers: string[]): Promise<(ProviderCommand & { attempts: number })[]> {
  return tx.query(
    `update provider_commands c set attempts = c.attempts + 1, due_at = $1
     from (select id from provider_commands where due_at < now() and provider = any($2::text[])
       order by due_at limit 100 for update skip locked) as left_over
     where c.workspace_id = current_workspace() and c.id = left_over.id
     returning c.id, c.call_id as "callId", c.provider, c.command, c.attempts + 1 as attempts`,
    [new Date(Date.now() + COMMAND_LEASE_MS), providers],
  )
}
