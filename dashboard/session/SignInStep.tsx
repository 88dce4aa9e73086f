import type { ReactNode } from 'react'

interface SignInStepProps {
  title: string
  onSubmit(form: FormData): void
  children: ReactNode
}

export function SignInStep({ title, onSubmit, children }: SignInStepProps) {
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        onSubmit(new FormData(event.currentTarget))
      }}
    >
      <h1>{title}</h1>
      {children}
    </form>
  )
}
