import { lazy, Suspense, useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'

const HeadsetCheck = lazy(() => import('./HeadsetCheck.tsx').then(module => ({ default: module.HeadsetCheck })))

/** The way to {@link HeadsetCheck}, which is loaded when somebody takes it. */
export function CheckHeadset({ look = 'plain' }: { look?: 'plain' | 'secondary' }) {
  const words = useText().voice.softphone
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look={look} onClick={() => setOpen(true)}>
        {words.check}
      </Button>
      {open && (
        <Suspense>
          <HeadsetCheck onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
