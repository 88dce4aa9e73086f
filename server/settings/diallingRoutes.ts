import { isDeepStrictEqual } from 'node:util'
import { isSupportedCountry } from 'libphonenumber-js/min'
import * as contract from '../../client/contract.ts'
import { changesBetween } from '../../core/changes.ts'
import { type DiallingRules, type DiallingSettings, SPECIAL_KINDS } from '../../core/dialling.ts'
import { authorOf } from '../access/actor.ts'
import { type Routes, serve } from '../platform/http.ts'
import { invalid } from '../platform/refusal.ts'
import { bumpSettings } from '../routing/routingStore.ts'
import { readDiallingRules, writeDialling } from './dialling.ts'

/** Where calls may go. */
export const diallingRoutes: Routes = (http, app) => {
  serve(http, app, contract.getDialling, async ({ who }) =>
    viewOf(await app.db.inWorkspace(who.workspaceId, readDiallingRules)),
  )

  serve(http, app, contract.updateDialling, async ({ who, body }) => {
    const rules = await app.db.inWorkspace(who.workspaceId, async tx => {
      const before = settingsOf(await readDiallingRules(tx))
      const after = settingsOf({
        countries: body.countries ?? before.countries,
        kinds: body.kinds ?? before.kinds,
        callsPerHour: body.callsPerHour ?? before.callsPerHour,
      })
      const stray = after.countries.findIndex(country => !isSupportedCountry(country))
      if (stray >= 0)
        throw invalid([{ path: 'countries', message: `There is no country “${after.countries[stray]}”.` }])
      if (!isDeepStrictEqual(after, before)) {
        await writeDialling(tx, after)
        await bumpSettings(tx)
        tx.emit({ type: 'call_settings.updated', ...differences(before, after), by: authorOf(who) })
      }
      return readDiallingRules(tx)
    })
    return viewOf(rules)
  })
}

const viewOf = (rules: DiallingRules): contract.DiallingSettings => ({
  ...settingsOf(rules),
  home: rules.home.toSorted(),
})

/** Each once, in an order that does not depend on who sent them. */
const settingsOf = ({ countries, kinds, callsPerHour }: DiallingSettings) => ({
  countries: [...new Set(countries)].sort(),
  kinds: SPECIAL_KINDS.filter(kind => kinds.includes(kind)),
  callsPerHour,
})

/** Of the countries, those that have gone and those that have come: all of them would hide what was done. */
function differences(before: DiallingSettings, after: DiallingSettings) {
  const gone = before.countries.filter(country => !after.countries.includes(country))
  const come = after.countries.filter(country => !before.countries.includes(country))
  const [from, to] = [
    { allowed_countries: gone, allowed_kinds: before.kinds, calls_per_hour: before.callsPerHour },
    { allowed_countries: come, allowed_kinds: after.kinds, calls_per_hour: after.callsPerHour },
  ]
  const changed = (['allowed_countries', 'allowed_kinds', 'calls_per_hour'] as const).filter(
    field => !isDeepStrictEqual(from[field], to[field]),
  )
  return { changed, changes: changesBetween(from, to) }
}
