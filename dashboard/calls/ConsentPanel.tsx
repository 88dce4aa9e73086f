import type { Consent } from '../../client/contract.ts'
import { useText } from '../text/text.tsx'
import { Facts, Panel } from '../ui/Panel.tsx'
import { When } from '../ui/When.tsx'

/** What the customer was told or asked about being recorded, and what it said. */
export function ConsentPanel({ consent }: { consent: Consent }) {
  const words = useText().compliance.evidence
  const { how, given, policy, version, region, heard, answer, by, at } = consent
  return (
    <Panel title={words.title}>
      <p className="px-4 pt-4 font-semibold">{given ? words.given[how] : words.refused[how]}</p>
      <Facts
        facts={[
          [words.heard, heard],
          [words.answer, answer && (words.choices[answer] ?? answer)],
          [words.because, `${words.policy[policy]} · ${words.version(String(version))}`],
          [words.region, region],
          [words.by, by?.name],
          [words.at, <When key="at" time={at} />],
        ]}
      />
    </Panel>
  )
}
