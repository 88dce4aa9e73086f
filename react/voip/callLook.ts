import type { ComponentProps } from 'react'
import type { Button } from '../Button.tsx'

/** The names by which the usual component libraries know buttons. */
export type CallVariant = 'default' | 'outline' | 'secondary' | 'ghost' | 'destructive'
export type CallSize = 'default' | 'sm' | 'lg' | 'icon'

const LOOKS: Record<CallVariant, NonNullable<ComponentProps<typeof Button>['look']>> = {
  default: 'primary',
  outline: 'secondary',
  secondary: 'secondary',
  ghost: 'plain',
  destructive: 'danger',
}

/** What a button of ours is given to look like that. */
export const lookOf = (variant: CallVariant, size: CallSize) => ({ look: LOOKS[variant], 'data-size': size })
