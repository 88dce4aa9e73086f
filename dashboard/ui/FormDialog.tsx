import type { ReactNode } from 'react'
import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'
import { Dialog } from './Dialog.tsx'
import { Form, type FormProps } from './Form.tsx'

interface FormDialogProps extends FormProps {
  title: string
  /** Whoever sends the form closes it, once that has worked. */
  onClose(): void
  /** What it does, where that is more than to save. */
  action?: string
  look?: 'primary' | 'danger'
  /** Something is missing that the browser does not know of. */
  disabled?: boolean
  /** At the other end of the line of buttons. */
  aside?: ReactNode
}

/** Something to be filled in, above everything else, and then sent or left. */
export function FormDialog(props: FormDialogProps) {
  const { title, onClose, action, look = 'primary', disabled = false, aside, ...form } = props
  const text = useText()
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        className="space-y-4"
        {...form}
        end={pending => (
          // In view however much there is to fill in.
          <div className="sticky bottom-0 -mx-5 -mb-5 flex flex-wrap gap-2 border-t border-line bg-raised px-5 py-3">
            {aside}
            <span className="grow" />
            <Button look="plain" onClick={onClose}>
              {text.cancel}
            </Button>
            <Button type="submit" look={look} disabled={disabled} pending={pending}>
              {action ?? (pending ? text.saving : text.save)}
            </Button>
          </div>
        )}
      />
    </Dialog>
  )
}
