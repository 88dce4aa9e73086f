import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  beginEnrolment,
  confirmEnrolment,
  type Enrolment,
  removeSecondFactor,
  renewRecoveryCodes,
  type SecondFactor,
} from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { Field } from '../../react/Field.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api, queryClient } from '../api.ts'
import { secondFactorQuery } from '../queries.ts'
import { EnrolmentSteps, RecoveryCodes } from '../session/EnrolmentSteps.tsx'
import { useText, useWords } from '../text/text.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { FormDialog } from '../ui/FormDialog.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Loaded } from '../ui/states.tsx'

type Open = { name: 'enrol'; enrolment: Enrolment } | { name: 'renew' | 'remove' } | { name: 'codes'; codes: string[] }

/** One's own second step: set up, new recovery codes, turned off. */
export function SecondFactorPanel() {
  const words = useText().security.factor
  const query = useQuery(secondFactorQuery)
  const [open, setOpen] = useState<Open | null>(null)
  const begin = useAction(async () => {
    setOpen({ name: 'enrol', enrolment: (await api.call(beginEnrolment)).enrolment })
  })
  const onChanged = async (codes: string[] | null) => {
    await queryClient.invalidateQueries({ queryKey: secondFactorQuery.queryKey })
    setOpen(codes === null ? null : { name: 'codes', codes })
  }
  const close = () => setOpen(null)
  return (
    <Panel title={words.title}>
      <Loaded query={query} lines={2}>
        {factor => (
          <div className="space-y-4 p-4">
            <Standing factor={factor} />
            <Problem error={begin.error} />
            <div className="flex flex-wrap gap-2">
              {factor.since === null ? (
                <Button pending={begin.pending} onClick={() => begin.run()}>
                  {words.begin}
                </Button>
              ) : (
                <>
                  <Button onClick={() => setOpen({ name: 'renew' })}>{words.renew}</Button>
                  <Button look="danger" onClick={() => setOpen({ name: 'remove' })}>
                    {words.remove}
                  </Button>
                </>
              )}
            </div>
          </div>
        )}
      </Loaded>
      {open?.name === 'enrol' && (
        <CodeDialog
          title={words.title}
          action={words.confirm}
          onClose={close}
          onCode={async code => onChanged((await api.call(confirmEnrolment, { body: { code } })).recoveryCodes)}
        >
          <EnrolmentSteps enrolment={open.enrolment} />
        </CodeDialog>
      )}
      {open?.name === 'renew' && (
        <CodeDialog
          title={words.renew}
          action={words.renew}
          hint={words.codeHint}
          onClose={close}
          onCode={async code => onChanged((await api.call(renewRecoveryCodes, { body: { code } })).recoveryCodes)}
        >
          <p className="text-soft">{words.renewHint}</p>
        </CodeDialog>
      )}
      {open?.name === 'remove' && (
        <CodeDialog
          title={words.remove}
          action={words.remove}
          hint={words.codeHint}
          onClose={close}
          onCode={async code => {
            await api.call(removeSecondFactor, { body: { code } })
            await onChanged(null)
          }}
        >
          <p className="text-soft">{words.off}</p>
        </CodeDialog>
      )}
      {open?.name === 'codes' && (
        <Dialog title={words.recoveryTitle} onClose={close}>
          <RecoveryCodes codes={open.codes} onDone={close} />
        </Dialog>
      )}
    </Panel>
  )
}

function Standing({ factor }: { factor: SecondFactor }) {
  const words = useText().security.factor
  const { format } = useWords()
  if (factor.since === null) return <p className="text-soft">{factor.required ? words.required : words.off}</p>
  const since = new Intl.DateTimeFormat(format, { dateStyle: 'long' }).format(new Date(factor.since))
  return (
    <p className="text-soft">
      {words.on(since)} {words.left(factor.recoveryCodesLeft)}
    </p>
  )
}

interface CodeDialogProps {
  title: string
  action: string
  hint?: string
  onClose(): void
  onCode(code: string): Promise<void>
  children: React.ReactNode
}

function CodeDialog({ title, action, hint, onClose, onCode, children }: CodeDialogProps) {
  const words = useText().security.factor
  return (
    <FormDialog
      title={title}
      action={action}
      onClose={onClose}
      onSubmit={entered => onCode(String(entered.get('code')))}
    >
      {problem => (
        <>
          {children}
          <Field
            label={words.code}
            hint={hint}
            name="code"
            autoComplete="one-time-code"
            maxLength={100}
            required
            problem={problem('code')}
          />
        </>
      )}
    </FormDialog>
  )
}
