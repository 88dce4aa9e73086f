import { useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'
import { Form, type FormProps } from './Form.tsx'
import { Panel } from './Panel.tsx'

interface FormPanelProps extends FormProps {
  title: string
  /** What has been entered: another object after each change, so that it is said of what is saved, and of nothing else. */
  draft: object
}

/** Some settings that are saved together. */
export function FormPanel({ title, draft, onSubmit, children }: FormPanelProps) {
  const text = useText()
  const [saved, setSaved] = useState<object | null>(null)
  return (
    <Panel title={title}>
      <Form
        className="space-y-4 p-4"
        onSubmit={async entered => {
          await onSubmit(entered)
          setSaved(draft)
        }}
        end={pending => (
          <div className="flex items-center justify-end gap-3">
            <span role="status" className="text-live">
              {saved === draft ? text.saved : ''}
            </span>
            <Button type="submit" look="primary" pending={pending}>
              {pending ? text.saving : text.save}
            </Button>
          </div>
        )}
      >
        {children}
      </Form>
    </Panel>
  )
}
