import { useRef } from 'react'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { changeMe } from '../session/changeMe.ts'
import { useSession } from '../session/session.tsx'
import { useLanguage } from '../session/useLanguage.ts'
import { LOCALES, problemAt, problemElsewhere, useText } from '../text/text.tsx'
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
  const rename = useAction((name: string) => changeMe({ name }))
  const language = useLanguage()
  return (
    <Panel title={words.profile}>
      <div className="space-y-4 p-4">
        <p className="text-soft">
          {me.email} · {text.roles[me.role]} · {me.workspace.name}
        </p>
        <form
          className="flex items-end gap-2"
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
          <Button type="submit" disabled={rename.pending}>
            {rename.pending ? text.saving : text.save}
          </Button>
        </form>
        <Problem error={problemElsewhere(rename.error, ['name'])} />
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

const FIELDS = ['password.current', 'password.new']

function Password() {
  const text = useText()
  const words = text.settingsScreen
  const { me } = useSession()
  const form = useRef<HTMLFormElement>(null)
  const save = useAction(async (current: string, next: string) => {
    await changeMe({ password: { new: next, ...(me.hasPassword && { current }) } })
    form.current?.reset()
  })
  return (
    <Panel title={words.password}>
      <form
        ref={form}
        className="space-y-4 p-4"
        onSubmit={event => {
          event.preventDefault()
          const entered = new FormData(event.currentTarget)
          save.run(String(entered.get('current') ?? ''), String(entered.get('new')))
        }}
      >
        <input type="text" name="username" autoComplete="username" defaultValue={me.email} hidden />
        {me.hasPassword && (
          <Field
            label={words.currentPassword}
            name="current"
            type="password"
            autoComplete="current-password"
            required
            problem={problemAt(save.error, 'password.current')}
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
          problem={problemAt(save.error, 'password.new')}
        />
        <Problem error={problemElsewhere(save.error, FIELDS)} />
        <Button type="submit" disabled={save.pending}>
          {save.pending ? text.saving : me.hasPassword ? words.changePassword : words.setPassword}
        </Button>
      </form>
    </Panel>
  )
}
