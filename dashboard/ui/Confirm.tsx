import { Button } from '../../react/Button.tsx'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { useText } from '../text/text.tsx'
import { Dialog } from './Dialog.tsx'

interface ConfirmProps {
  title: string
  /** What it will mean. */
  hint: string
  action: string
  onConfirm(): Promise<void>
  onClose(): void
}

/** Asked before something that cannot be taken back. */
export function Confirm({ title, hint, action, onConfirm, onClose }: ConfirmProps) {
  const text = useText()
  const confirm = useAction(async () => {
    await onConfirm()
    onClose()
  })
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="mb-4">{hint}</p>
      <Problem error={confirm.error} />
      <div className="flex justify-end gap-2">
        <Button look="plain" onClick={onClose}>
          {text.cancel}
        </Button>
        <Button look="danger" disabled={confirm.pending} onClick={() => confirm.run()}>
          {action}
        </Button>
      </div>
    </Dialog>
  )
}
