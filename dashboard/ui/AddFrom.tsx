import { useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'
import { Select } from './fields.tsx'

interface AddFromProps {
  label: string
  labelHidden?: boolean
  options: readonly { value: string; label: string }[]
  onAdd(value: string): void
  className?: string
}

/**
 * One of several things to be added. Choosing does nothing by itself: with arrow keys one comes past other options on the
 * way to the one that is meant.
 */
export function AddFrom({ label, labelHidden = false, options, onAdd, className }: AddFromProps) {
  const words = useText().fields
  const [chosen, choose] = useState('')
  // What was chosen may be gone from the list.
  const value = options.some(option => option.value === chosen) ? chosen : ''
  return (
    <div className={`flex items-end gap-2 ${className ?? ''}`}>
      <Select
        label={label}
        labelHidden={labelHidden}
        className="min-w-0 grow"
        value={value}
        onChoose={choose}
        options={[{ value: '', label: labelHidden ? label : words.choose }, ...options]}
      />
      <Button
        pending={value === ''}
        aria-label={words.addTo(label)}
        onClick={() => {
          onAdd(value)
          choose('')
        }}
      >
        {words.add}
      </Button>
    </div>
  )
}
