import { FormDialog } from './FormDialog.tsx'

interface ConfirmProps {
  title: string
  /** What it will mean. */
  hint: string
  action: string
  onConfirm(): Promise<void>
  onClose(): void
}

/** Asked before something that cannot be taken back. */
export const Confirm = ({ hint, onConfirm, ...dialog }: ConfirmProps) => (
  <FormDialog
    look="danger"
    {...dialog}
    onSubmit={async () => {
      await onConfirm()
      dialog.onClose()
    }}
  >
    <p>{hint}</p>
  </FormDialog>
)
