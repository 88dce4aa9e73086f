import type { Enrolment } from '../../client/contract.ts'
import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'
import { Copyable } from '../ui/Copyable.tsx'

/** What an authenticator app is shown. */
export function EnrolmentSteps({ enrolment }: { enrolment: Enrolment }) {
  const words = useText().security.factor
  return (
    <>
      <p className="text-soft">{words.scan}</p>
      <img
        src={`data:image/svg+xml,${encodeURIComponent(enrolment.qr)}`}
        alt={words.qr}
        className="mx-auto size-44 rounded-lg bg-white p-1"
      />
      <Copyable value={enrolment.secret} label={words.secret} />
    </>
  )
}

/** Shown once: whoever has them goes on. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone(): void }) {
  const words = useText().security.factor
  return (
    <div className="space-y-4">
      <p>{words.recoveryHint}</p>
      <Copyable value={codes.join('\n')} label={words.recoveryTitle} />
      <Button look="primary" onClick={onDone}>
        {words.recoveryDone}
      </Button>
    </div>
  )
}
