import type { AgentProfile, Skills } from '../../core/agent.ts'
import { type ConsentRules, DEFAULT_CONSENT } from '../../core/consent.ts'
import { type DiallingRules, type DiallingSettings, diallingRules, USUAL_DIALLING } from '../../core/dialling.ts'
import type { FlowDefinition } from '../../core/flow.ts'
import type { BusinessHours } from '../../core/hours.ts'
import type { Country } from '../../core/phoneNumber.ts'
import { newQueue, type QueueSettings } from '../../core/queue.ts'
import type { Turn } from '../../core/routing.ts'
import type { Sql } from '../platform/db.ts'

/** Everything that people have set and that decisions about calls need. Read once, and again when it has changed. */
export interface Settings {
  country: Country
  greeting: { text: string; language: string }
  /** Whether conversations are recorded at all. */
  recordingEnabled: boolean
  consent: ConsentRules
  /** Where calls may go. */
  dialling: DiallingRules
  /** Without the agents who may not sign in. */
  queues: Map<string, Queue>
  agents: Map<string, AgentSettings>
  hours: Map<string, BusinessHours>
  flows: Map<string, { id: string; name: string; publishedVersion: number | null }>
  /** By E.164. */
  numbers: Map<string, { flowId: string | null; queueId: string | null }>
  /** Definitions by {@link versionKey}: what is published, and what running calls still use. */
  versions: Map<string, FlowDefinition>
}

export interface Queue extends QueueSettings {
  /** Unique short name; `name` is the one that is shown. */
  shortName: string
  /** Where round-robin stands. */
  turn: Turn | null
  handleSeconds: number | null
}

export interface AgentSettings extends AgentProfile {
  name: string
  phone: string | null
}

export const versionKey = (flowId: string, version: number): string => `${flowId} ${version}`

interface WorkspaceRow {
  default_country: Country
  greeting: string
  greeting_language: string
  recording_enabled: boolean | null
  consent: Partial<ConsentRules> | null
  dialling: Partial<DiallingSettings> | null
  queues: {
    id: string
    name: string
    display_name: string
    settings: Partial<QueueSettings>
    turn: Turn | null
    handle_seconds: number | null
    agents: string[] | null
  }[]
  agents: { id: string; name: string; skills: Skills; capacity: number; phone: string | null }[]
  hours: { id: string; name: string; time_zone: string; weekly: unknown; exceptions: unknown }[]
  flows: { id: string; name: string; version: number | null; definition: FlowDefinition | null }[]
  numbers: { e164: string; flow_id: string | null; queue_id: string | null }[]
}

export async function loadSettings(sql: Sql): Promise<Settings> {
  const [row] = await sql.query<WorkspaceRow>(
    `select w.default_country, w.greeting, w.greeting_language, p.recording_enabled, p.consent, s.dialling,
       coalesce((select json_agg(json_build_object('id', q.id, 'name', q.name, 'display_name', q.display_name,
           'settings', q.settings, 'turn', q.turn, 'handle_seconds', q.handle_seconds,
           'agents', (select json_agg(m.agent_id order by m.position, m.agent_id)
             from queue_agents m
             join agents a on a.workspace_id = m.workspace_id and a.id = m.agent_id and a.retired_at is null
             join users u on u.workspace_id = a.workspace_id and u.id = a.user_id and u.disabled_at is null
             where m.workspace_id = q.workspace_id and m.queue_id = q.id)) order by q.name)
         from queues q where q.workspace_id = w.id), '[]') as queues,
       coalesce((select json_agg(json_build_object('id', a.id, 'name', u.name, 'skills', a.skills,
           'capacity', a.capacity, 'phone', a.phone) order by a.id)
         from agents a join users u on u.workspace_id = a.workspace_id and u.id = a.user_id
         where a.workspace_id = w.id and a.retired_at is null), '[]') as agents,
       coalesce((select json_agg(json_build_object('id', h.id, 'name', h.name, 'time_zone', h.time_zone,
           'weekly', h.weekly, 'exceptions', h.exceptions))
         from business_hours h where h.workspace_id = w.id), '[]') as hours,
       coalesce((select json_agg(json_build_object('id', f.id, 'name', f.name, 'version', v.version,
           'definition', v.definition))
         from flows f left join flow_versions v on v.workspace_id = f.workspace_id and v.flow_id = f.id
           and v.version = f.published_version
         where f.workspace_id = w.id), '[]') as flows,
       coalesce((select json_agg(json_build_object('e164', n.e164, 'flow_id', n.flow_id, 'queue_id', n.queue_id))
         from numbers n where n.workspace_id = w.id), '[]') as numbers
     from workspaces w left join compliance_settings p on p.workspace_id = w.id
       left join call_settings s on s.workspace_id = w.id where w.id = current_workspace()`,
  )
  if (!row) throw new Error('the workspace is gone')
  const versions = new Map<string, FlowDefinition>()
  for (const { id, version, definition } of row.flows)
    if (version !== null && definition !== null) versions.set(versionKey(id, version), definition)
  return {
    country: row.default_country,
    greeting: { text: row.greeting, language: row.greeting_language },
    recordingEnabled: row.recording_enabled ?? true,
    consent: { ...DEFAULT_CONSENT, ...row.consent },
    dialling: diallingRules(
      { ...USUAL_DIALLING, ...row.dialling },
      row.default_country,
      row.numbers.map(({ e164 }) => e164),
    ),
    queues: new Map(row.queues.map(queue => [queue.id, queueOf(queue)])),
    agents: new Map(row.agents.map(agent => [agent.id, agent])),
    hours: new Map(
      row.hours.map(({ id, name, time_zone, weekly, exceptions }) => [
        id,
        { id, name, timeZone: time_zone, weekly, exceptions } as BusinessHours,
      ]),
    ),
    flows: new Map(row.flows.map(({ id, name, version }) => [id, { id, name, publishedVersion: version }])),
    numbers: new Map(row.numbers.map(({ e164, flow_id, queue_id }) => [e164, { flowId: flow_id, queueId: queue_id }])),
    versions,
  }
}

function queueOf(row: WorkspaceRow['queues'][number]): Queue {
  return {
    ...newQueue(row.id, row.display_name),
    ...row.settings,
    id: row.id,
    name: row.display_name,
    agents: row.agents ?? [],
    shortName: row.name,
    turn: row.turn,
    handleSeconds: row.handle_seconds,
  }
}

/** Reads the versions that running calls still use and that are not published any more. */
export async function loadVersions(sql: Sql, settings: Settings, used: Record<string, number>[]): Promise<void> {
  const missing = new Map<string, { flowId: string; version: number }>()
  for (const versions of used)
    for (const [flowId, version] of Object.entries(versions))
      if (version > 0 && !settings.versions.has(versionKey(flowId, version)))
        missing.set(versionKey(flowId, version), { flowId, version })
  if (missing.size === 0) return
  const wanted = [...missing.values()]
  const rows = await sql.query<{ flow_id: string; version: number; definition: FlowDefinition }>(
    `select v.flow_id, v.version, v.definition
     from unnest($1::uuid[], $2::int[]) as wanted(flow_id, version)
     join flow_versions v on v.workspace_id = current_workspace() and v.flow_id = wanted.flow_id
       and v.version = wanted.version`,
    [wanted.map(({ flowId }) => flowId), wanted.map(({ version }) => version)],
  )
  for (const row of rows) settings.versions.set(versionKey(row.flow_id, row.version), row.definition)
}

/** By id or short name. */
export const findQueue = (settings: Settings, idOrName: string): Queue | null =>
  settings.queues.get(idOrName) ?? [...settings.queues.values()].find(queue => queue.shortName === idOrName) ?? null
