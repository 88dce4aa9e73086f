import { useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { changeMe } from '../session/changeMe.ts'
import { useSession } from '../session/session.tsx'
import { useLanguage } from '../session/useLanguage.ts'
import { LOCALES, problemAt, problemElsewhere, useText } from '../text/text.tsx'
import { Form } from '../ui/Form.tsx'
import { Select } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SecondFactorPanel } from './SecondFactorPanel.tsx'
import { SessionsPanel } from './SessionsPanel.tsx'

export function ProfileSettings() {
  return (
    <div className="space-y-4">
      <Profile />
      <Password />
      <SecondFactorPanel />
      <SessionsPanel />
    </div>
  )
}

function Profile() {
  const text = useText()
  const words = text.settingsScreen
  const { me } = useSession()
  const [saved, setSaved] = useState(false)
  const rename = useAction(async (name: string) => {
    await changeMe({ name })
    setSaved(true)
  })
  const language = useLanguage()
  return (
    <Panel title={words.profile}>
      <div className="space-y-4 p-4">
        <p className="text-soft">
          {me.email} · {text.roles[me.role]} · {me.workspace.name}
        </p>
        <form
          className="flex items-end gap-2"
          onChange={() => setSaved(false)}
          onSubmit={event => {
            event.preventDefault()
            rename.run(String(new FormData(event.currentTarget).get('name')))
          }}
        >
          <Field
            label={words.name}
            name="name"
            required
            maxLength={100}
            autoComplete="name"
            defaultValue={me.name}
            className="grow"
            problem={problemAt(rename.error, 'name')}
          />
          <Button type="submit" pending={rename.pending}>
            {rename.pending ? text.saving : text.save}
          </Button>
        </form>
        <Problem error={problemElsewhere(rename.error, ['name'])} />
        <p role="status" className="text-live empty:hidden">
          {saved && text.saved}
        </p>
        <Select
          label={words.language}
          value={language.locale}
          onChoose={language.choose}
          options={LOCALES.map(value => ({ value, label: text.languages[value] }))}
        />
        <Problem error={language.error} />
      </div>
    </Panel>
  )
}

function Password() {
  const text = useText()
  const words = text.settingsScreen
  const { me } = useSession()
  // Another one after each change: an empty form.
  const [changes, setChanges] = useState(0)
  async function save(entered: FormData): Promise<void> {
    const current = String(entered.get('current') ?? '')
    await changeMe({ password: { new: String(entered.get('new')), ...(me.hasPassword && { current }) } })
    setChanges(changes + 1)
  }
  return (
    <Panel title={words.password}>
      <Form
        key={changes}
        className="space-y-4 p-4"
        onSubmit={save}
        end={pending => (
          <div className="flex items-center gap-3">
            <Button type="submit" pending={pending}>
              {pending ? text.saving : me.hasPassword ? words.changePassword : words.setPassword}
            </Button>
            <span role="status" className="text-live">
              {changes > 0 ? text.saved : ''}
            </span>
          </div>
        )}
      >
        {problem => (
          <>
            <input type="text" name="username" autoComplete="username" defaultValue={me.email} hidden />
            {me.hasPassword && (
              <Field
                label={words.currentPassword}
                name="current"
                type="password"
                autoComplete="current-password"
                required
                problem={problem('password.current')}
              />
            )}
            <Field
              label={words.newPassword}
              hint={words.passwordHint}
              name="new"
              type="password"
              autoComplete="new-password"
              minLength={12}
              required
              problem={problem('password.new')}
            />
          </>
        )}
      </Form>
    </Panel>
  )
}
