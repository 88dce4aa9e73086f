import * as contract from '../../client/contract.ts'
import { listAgentViews } from '../agents/agentView.ts'
import { visibleTo } from '../calls/callRoutes.ts'
import { listCalls } from '../calls/callStore.ts'
import { type Routes, serve } from '../platform/http.ts'
import { listQueues } from '../queues/queueStore.ts'
import { loadCrmFacts } from './crmCallStore.ts'
import { crmCallView, departmentRef } from './crmCallView.ts'
import { countLiveCalls, listAgentEmails, loadQueueFigures } from './monitorStore.ts'

/** As with the call queue: more is a crisis, not a list. */
const MAX_ACTIVE = 500

/** The floor as it is just now. */
export const monitorRoutes: Routes = (http, app) => {
  serve(http, app, contract.monitorCrmCalls, ({ who }) =>
    app.db.inWorkspace(who.workspaceId, async tx => {
      const records = await listCalls(tx, { onlyLive: true, visibleTo: visibleTo(who) }, MAX_ACTIVE)
      const facts = await loadCrmFacts(
        tx,
        records.map(({ call }) => call),
      )
      const emails = await listAgentEmails(tx)
      const agents = (await listAgentViews(tx)).map(agent => ({
        id: agent.id,
        full_name: agent.name,
        email: emails.get(agent.id) ?? '',
        status: statusOf(agent),
        presence: agent.presence.status,
        presence_since: agent.presence.since,
        activity: agent.activity,
        departments: agent.queues.map(departmentRef),
      }))
      const free = new Set(agents.filter(({ status }) => status === 'available').map(({ id }) => id))
      const queues = await listQueues(tx)
      const figures = await loadQueueFigures(
        tx,
        queues.map(({ settings }) => ({ id: settings.id, withinSeconds: settings.serviceLevel.withinMs / 1000 })),
      )
      const lines = queues.map(({ settings, displayName }) => {
        const { waiting, oldestAt, answered, answeredInTime, abandoned } = figures.get(settings.id)!
        const served = answered + abandoned
        return {
          ...departmentRef({ id: settings.id, name: displayName }),
          name: settings.name,
          enabled: settings.enabled,
          waiting_calls: waiting,
          longest_wait_seconds: oldestAt && Math.max(0, Math.floor((Date.parse(tx.now) - oldestAt.getTime()) / 1000)),
          available_agents: settings.agents.filter(id => free.has(id)).length,
          total_agents: settings.agents.length,
          service_level: {
            within_seconds: Math.round(settings.serviceLevel.withinMs / 1000),
            target_percent: settings.serviceLevel.percent,
            percent: served === 0 ? null : Math.round((1000 * answeredInTime) / served) / 10,
            answered_calls: answered,
            abandoned_calls: abandoned,
          },
        }
      })
      return {
        success: true,
        metrics: {
          active_calls: await countLiveCalls(tx),
          available_agents: free.size,
          busy_agents: agents.filter(({ status }) => status === 'busy').length,
          total_agents: agents.length,
          queued_calls: lines.reduce((sum, { waiting_calls }) => sum + waiting_calls, 0),
        },
        active_calls: records.map(({ call }) => {
          const { recording_url: _, transcript: __, ...view } = crmCallView(call, facts.get(call.id)!, null)
          return {
            ...view,
            department: call.queue && departmentRef(call.queue),
            queued_at: call.queuedAt,
            answered_at: call.answeredAt,
          }
        }),
        agents,
        queues: lines,
      }
    }),
  )
}

/** Who has something in hand is busy, whatever it has chosen to be. */
function statusOf({ activity, presence }: contract.Agent): 'available' | 'busy' | 'offline' {
  if (activity === 'ready') return 'available'
  return activity === 'away' && presence.status === 'offline' ? 'offline' : 'busy'
}
