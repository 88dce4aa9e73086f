import { type ReactNode, useEffect, useRef } from 'react'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { problemAt, problemElsewhere } from '../text/text.tsx'

export interface FormProps {
  onSubmit(entered: FormData): Promise<unknown>
  /** The fields. Each that asks what is wrong with it says so itself. */
  children: ReactNode | ((problem: (field: string) => string | undefined) => ReactNode)
}

interface AnyFormProps extends FormProps {
  className: string
  /** The buttons; `pending`: it is being sent. */
  end(pending: boolean): ReactNode
}

/** Sent as a whole. What is wrong is said at its field, the first of which gets the focus, or else above the buttons. */
export function Form({ className, onSubmit, children, end }: AnyFormProps) {
  const form = useRef<HTMLFormElement>(null)
  const send = useAction(onSubmit)
  useEffect(() => {
    if (send.error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [send.error])
  const asked: string[] = []
  const fields =
    typeof children !== 'function'
      ? children
      : children(field => {
          asked.push(field)
          return problemAt(send.error, field)
        })
  return (
    <form
      ref={form}
      className={className}
      onSubmit={event => {
        event.preventDefault()
        send.run(new FormData(event.currentTarget))
      }}
    >
      {fields}
      <Problem error={problemElsewhere(send.error, asked)} />
      {end(send.pending)}
    </form>
  )
}
