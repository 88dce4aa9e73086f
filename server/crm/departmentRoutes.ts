import * as contract from '../../client/contract.ts'
import type { Principal } from '../../core/role.ts'
import { authorOf } from '../access/actor.ts'
import type { Tx } from '../platform/db.ts'
import { type Routes, serve } from '../platform/http.ts'
import { findQueue, listQueues } from '../queues/queueStore.ts'
import { departmentView } from './department.ts'
import { addDepartment, changeDepartment, removeDepartment } from './departmentChange.ts'
import { loadDepartmentFacts } from './departmentStore.ts'

/** Queues as CRM systems know them. */
export const departmentRoutes: Routes = (http, app) => {
  const { db } = app
  const base = () => app.addresses[0]!

  /** What has changed is known to every call from here on. */
  async function change<T>(who: Principal, work: (tx: Tx) => Promise<T>): Promise<T> {
    const changed = await db.inWorkspace(who.workspaceId, work)
    app.directory.reload()
    app.center.poke(who.workspaceId)
    return changed
  }
  const view = async (tx: Tx, id: string) =>
    departmentView((await findQueue(tx, id))!, await loadDepartmentFacts(tx), base())

  serve(http, app, contract.listDepartments, ({ who }) =>
    db.inWorkspace(who.workspaceId, async tx => {
      const facts = await loadDepartmentFacts(tx)
      const departments = (await listQueues(tx)).map(queue => departmentView(queue, facts, base()))
      return { success: true, departments, count: departments.length }
    }),
  )

  serve(http, app, contract.createDepartment, async ({ who, body }) => {
    const department = await change(who, async tx => view(tx, await addDepartment(tx, body, base(), authorOf(who))))
    return { success: true, department }
  })

  serve(http, app, contract.updateDepartment, async ({ who, body: { queue_id, ...given } }) => {
    const department = await change(who, async tx => {
      await changeDepartment(tx, queue_id, given, base(), authorOf(who))
      return view(tx, queue_id)
    })
    return { success: true, department }
  })

  serve(http, app, contract.deleteDepartment, async ({ who, query: { queue_id } }) => {
    await change(who, tx => removeDepartment(tx, queue_id, authorOf(who)))
    return { success: true, queue_id }
  })
}
