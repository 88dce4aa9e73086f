import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import * as contract from '../../client/contract.ts'
import { changesBetween } from '../../core/changes.ts'
import type { FlowDefinition } from '../../core/flow.ts'
import { checkFlow } from '../../core/flowCheck.ts'
import { type FlowTest, type FlowTestResult, runFlowTest } from '../../core/flowTest.ts'
import type { Principal } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import { pageOf, pageOfShort, readCursor } from '../platform/cursor.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { conflict, notFound, Refusal } from '../platform/refusal.ts'
import { flowPrompts } from '../prompts/flowPrompts.ts'
import type { Voices } from '../prompts/voices.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import {
  deleteFlow,
  findFlow,
  findVersion,
  flowUses,
  insertFlow,
  listFlows,
  listVersions,
  loadKnown,
  lockFlow,
  publishVersion,
  type StoredFlow,
  saveDraft,
} from './flowStore.ts'
import { flowView, versionView } from './flowView.ts'
import { plainFlow } from './plainFlow.ts'

export const flowRoutes: Routes = (http, app) => {
  const { db, voices } = app

  serve(http, app, contract.listFlows, async ({ who, query }) =>
    pageOfShort(await db.inWorkspace(who.workspaceId, listFlows), query),
  )

  serve(http, app, contract.getFlow, ({ who, params: { id } }) =>
    db.inWorkspace(who.workspaceId, tx => see(tx, id, voices)),
  )

  serve(http, app, contract.createFlow, async ({ who, body }) => {
    const flow = await db.inWorkspace(who.workspaceId, async tx => {
      const { name, tests = [] } = body
      const draft = (body.definition as FlowDefinition | undefined) ?? (await plainFlow(tx))
      const id = await insertFlow(tx, { name, draft, tests: tests as FlowTest[] })
      tx.emit({ type: 'flow.created', flow: { id, name }, by: authorOf(who) })
      return see(tx, id, voices)
    })
    return { success: true, flow }
  })

  serve(http, app, contract.updateFlow, async ({ who, params: { id }, body }) => {
    const flow = await db.inWorkspace(who.workspaceId, async tx => {
      const before = await lock(tx, id)
      if (body.revision !== undefined && body.revision !== before.revision) {
        throw conflict('flow_changed', 'Somebody else has saved this flow since you opened it. Load it again.')
      }
      const after = {
        name: body.name ?? before.name,
        draft: (body.definition as FlowDefinition | undefined) ?? before.draft,
        tests: (body.tests as FlowTest[] | undefined) ?? before.tests,
      }
      const { name, draft, tests } = before
      if (isDeepStrictEqual(after, { name, draft, tests })) return see(tx, id, voices)
      await saveDraft(tx, id, after)
      // Other flows may lead to it by name.
      if (after.name !== name) await bumpSettings(tx)
      const changed = (['name', 'draft', 'tests'] as const).filter(
        field => !isDeepStrictEqual(before[field], after[field]),
      )
      const changes = changesBetween({ name }, { name: after.name })
      tx.emit({ type: 'flow.updated', flow: { id, name: after.name }, changed, changes, by: authorOf(who) })
      return see(tx, id, voices)
    })
    app.center.poke(who.workspaceId)
    return { success: true, flow }
  })

  serve(http, app, contract.deleteFlow, async ({ who, params: { id } }) => {
    await db.inWorkspace(who.workspaceId, async tx => {
      const flow = await lock(tx, id)
      const uses = await flowUses(tx, flow)
      if (uses.length > 0) throw conflict('flow_in_use', `This flow is used by ${uses.join(', ')}.`)
      await deleteFlow(tx, id)
      await bumpSettings(tx)
      tx.emit({ type: 'flow.deleted', flow: { id, name: flow.name }, by: authorOf(who) })
    })
    app.center.poke(who.workspaceId)
    return { success: true }
  })

  serve(http, app, contract.testFlow, async ({ who, params: { id }, body }) => {
    const results = await db.inWorkspace(who.workspaceId, async tx => {
      const flow = await findFlow(tx, id)
      if (flow === null) throw notFound('flow')
      return runTests(tx, flow, (body?.tests as FlowTest[] | undefined) ?? flow.tests)
    })
    return { success: true, passed: results.every(result => result.passed), results }
  })

  serve(http, app, contract.publishFlow, async ({ who, params: { id }, body }) => {
    const published = await db.inWorkspace(who.workspaceId, async tx => {
      const flow = await lock(tx, id)
      await mustWork(tx, flow, flow.draft)
      mustPass(await runTests(tx, flow, flow.tests))
      return publish(tx, who, flow, flow.draft, body?.note ?? null, voices)
    })
    app.center.poke(who.workspaceId)
    voices.warm(who.workspaceId, flowPrompts(published.flow.draft as FlowDefinition))
    return { success: true, ...published }
  })

  serve(http, app, contract.listFlowVersions, ({ who, params: { id }, query: { limit, cursor } }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      if ((await findFlow(tx, id)) === null) throw notFound('flow')
      const before = readCursor(z.tuple([z.int32()]), cursor)?.[0] ?? null
      return pageOf(await listVersions(tx, id, before, limit + 1), limit, versionView, ({ version }) => [version])
    }),
  )

  serve(http, app, contract.rollBackFlow, async ({ who, params: { id }, body: { version } }) => {
    const { definition, published } = await db.inWorkspace(who.workspaceId, async tx => {
      const flow = await lock(tx, id)
      const definition = await findVersion(tx, id, version)
      if (definition === null) throw notFound('version of this flow')
      // The queues that it led to then may be gone. Its tests are those of the draft, and not asked.
      await mustWork(tx, flow, definition)
      const published = await publish(tx, who, flow, definition, `Back to version ${version}`, voices)
      return { definition, published }
    })
    app.center.poke(who.workspaceId)
    voices.warm(who.workspaceId, flowPrompts(definition))
    return { success: true, ...published }
  })
}

async function lock(tx: Tx, id: string): Promise<StoredFlow> {
  const flow = await lockFlow(tx, id)
  if (flow === null) throw notFound('flow')
  return flow
}

async function see(tx: Tx, id: string, { speaks }: Voices): Promise<contract.FlowDetails> {
  const flow = await findFlow(tx, id)
  if (flow === null) throw notFound('flow')
  return flowView(flow, { ...(await loadKnown(tx)), speaks })
}

/** Runs tests on the flow's draft; flows that it leads to are as they are published. */
async function runTests(
  tx: Tx,
  { id, name, draft }: StoredFlow,
  tests: readonly FlowTest[],
): Promise<FlowTestResult[]> {
  const known = await loadKnown(tx)
  const others = known.flows.flatMap(({ definition, ...flow }) =>
    definition && flow.id !== id ? [{ ...flow, definition }] : [],
  )
  return tests.map(test => runFlowTest(test, [{ id, name, definition: draft }, ...others], known))
}

/** Throws a 409 refusal that names every error; warnings stand in nobody's way. */
async function mustWork(tx: Tx, self: StoredFlow, definition: FlowDefinition): Promise<void> {
  const problems = checkFlow(definition, { ...(await loadKnown(tx)), self })
  const errors = problems.filter(problem => problem.severity === 'error')
  if (errors.length === 0) return
  const fields = errors.map(({ nodeId, code, values, message }) => ({
    path: nodeId ?? '',
    code,
    values: { ...values },
    message,
  }))
  throw new Refusal(409, 'flow_invalid', `This flow cannot be published. ${fields[0]!.message}`, { fields })
}

/** Throws a 409 refusal that names every test that fails, with what went wrong first. */
function mustPass(results: FlowTestResult[]): void {
  const fields = results.flatMap(({ name, passed, problems }, index) =>
    passed ? [] : [{ path: `tests.${index}`, message: `“${name}”: ${problems[0] ?? 'It fails.'}` }],
  )
  if (fields.length === 0) return
  const message = `This flow cannot be published: ${fields.length} of its ${results.length} tests fail.`
  throw new Refusal(409, 'flow_tests_failed', message, { fields })
}

/** What is published already is not published again: asking twice gives the same version. */
async function publish(
  tx: Tx,
  who: Principal,
  flow: StoredFlow,
  definition: FlowDefinition,
  note: string | null,
  voices: Voices,
): Promise<{ flow: contract.FlowDetails; version: number }> {
  const { id, name, publishedVersion } = flow
  if (publishedVersion !== null && isDeepStrictEqual(flow.published, definition)) {
    return { flow: await see(tx, id, voices), version: publishedVersion }
  }
  const by = authorOf(who)
  const version = await publishVersion(tx, id, { definition, by: by.name, note })
  await bumpSettings(tx)
  tx.emit({ type: 'flow.published', flow: { id, name }, version, by })
  return { flow: await see(tx, id, voices), version }
}
