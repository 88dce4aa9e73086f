import { useQuery } from '@tanstack/react-query'
import { Role, saveSignInPolicy } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { signInPolicyQuery } from '../queries.ts'
import { useText } from '../text/text.tsx'
import { Checkbox } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Loaded } from '../ui/states.tsx'

/** Which roles need a second step. */
export function SignInPolicyPanel() {
  const text = useText()
  const words = text.security.users
  const query = useQuery(signInPolicyQuery)
  const save = useAction(async (form: FormData) => {
    const secondFactorFor = form.getAll('role').map(role => Role.parse(role))
    const { policy } = await api.call(saveSignInPolicy, { body: { secondFactorFor } })
    queryClient.setQueryData(signInPolicyQuery.queryKey, policy)
  })
  return (
    <Panel title={words.policy}>
      <Loaded query={query} lines={2}>
        {({ secondFactorFor }) => (
          <form
            className="space-y-3 p-4"
            onSubmit={event => {
              event.preventDefault()
              save.run(new FormData(event.currentTarget))
            }}
          >
            <fieldset className="space-y-2">
              <legend className="mb-2 text-soft">{words.policyHint}</legend>
              {Role.options.map(role => (
                <Checkbox
                  key={role}
                  label={text.roles[role]}
                  name="role"
                  value={role}
                  defaultChecked={secondFactorFor.includes(role)}
                />
              ))}
            </fieldset>
            <Problem error={save.error} />
            <Button type="submit" disabled={save.pending}>
              {save.pending ? text.saving : text.save}
            </Button>
          </form>
        )}
      </Loaded>
    </Panel>
  )
}
