import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Role, type SignInPolicy, saveSignInPolicy } from '../../client/contract.ts'
import { api, queryClient } from '../api.ts'
import { signInPolicyQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { FormPanel } from '../ui/FormPanel.tsx'
import { Checkbox } from '../ui/fields.tsx'
import { Loaded } from '../ui/states.tsx'

/** Which roles need a second step. */
export function SignInPolicyPanel() {
  const query = useQuery(signInPolicyQuery)
  return (
    <Loaded query={query} lines={2}>
      {policy => <Policy policy={policy} />}
    </Loaded>
  )
}

function Policy({ policy }: { policy: SignInPolicy }) {
  const text = useText()
  const words = text.security.users
  const [draft, setDraft] = useState(policy)
  const { secondFactorFor } = draft
  async function save(): Promise<void> {
    const answer = await api.call(saveSignInPolicy, { body: draft })
    queryClient.setQueryData(signInPolicyQuery.queryKey, answer.policy)
  }
  return (
    <FormPanel title={words.policy} draft={draft} onSubmit={save}>
      <fieldset className="space-y-2">
        <legend className="mb-2 text-soft">{words.policyHint}</legend>
        {Role.options.map(role => (
          <Checkbox
            key={role}
            label={text.roles[role]}
            checked={secondFactorFor.includes(role)}
            onChange={event => {
              const others = secondFactorFor.filter(other => other !== role)
              setDraft({ secondFactorFor: event.target.checked ? [...others, role] : others })
            }}
          />
        ))}
      </fieldset>
    </FormPanel>
  )
}
