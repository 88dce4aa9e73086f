import * as contract from '../../client/contract.ts'
import { type Routes, serve } from '../platform/http.ts'
import { readKeyUse } from './keyUse.ts'

export const keyUseRoutes: Routes = (http, app) => {
  serve(http, app, contract.listEncryptionKeys, async () => ({
    currentKeyId: app.envelopes.currentKeyId,
    items: await readKeyUse(app),
    nextCursor: null,
  }))
}
