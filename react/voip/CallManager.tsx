import { useEffect, useId, useRef, useState } from 'react'
import type { LineCall } from '../../client/voip/voipLine.ts'
import { Button } from '../Button.tsx'
import { clock } from '../clock.ts'
import { Elapsed } from '../Elapsed.tsx'
import { Problem } from '../Problem.tsx'
import { useAction } from '../useAction.ts'
import { Handset } from './Handset.tsx'
import { RecordingNotice } from './RecordingNotice.tsx'
import { useVoip } from './RingsideVoip.tsx'
import { startRinging } from './ring.ts'
import { type CallControls, useCall } from './useCall.ts'

/** How long it stays to be read how a call ended. */
const ENDED_MS = 5000

/** Once in a page, around or beside everything: what rings, and the call that goes on. */
export function CallManager() {
  const line = useCall()
  const { call } = line
  if (call === null) return <Ended line={line} />
  const rings = call.as === 'callee' && call.audio === null
  return rings ? (
    <IncomingCall key={call.call.roomName} call={call} line={line} />
  ) : (
    <CallPanel call={call} line={line} />
  )
}

interface Props {
  call: LineCall
  line: CallControls
}

const otherOf = ({ as, call }: LineCall): string => (as === 'caller' ? call.toName : call.fromName)

function IncomingCall({ call, line }: Props) {
  const { text } = useVoip()
  const accept = useAction(line.accept)
  const decline = useAction(line.decline)
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useId()
  const busy = accept.pending || decline.pending
  useEffect(() => {
    dialog.current?.showModal()
    return startRinging('here')
  }, [])
  return (
    <dialog
      ref={dialog}
      role="alertdialog"
      className="ringside-dialog"
      aria-labelledby={title}
      // A key that closes things must not turn a customer away: whoever does not want to answer says so.
      onCancel={event => event.preventDefault()}
    >
      <p className="ringside-soft">{text.incomingCall}</p>
      <h2 id={title}>{text.from(otherOf(call))}</h2>
      <div className="ringside-actions">
        <Button look="primary" autoFocus pending={busy} onClick={() => accept.run()}>
          <Handset />
          {accept.pending ? text.accepting : text.accept}
        </Button>
        <Button look="danger" pending={busy} onClick={() => decline.run()}>
          {text.decline}
        </Button>
      </div>
      <Problem error={accept.error ?? decline.error} />
    </dialog>
  )
}

function CallPanel({ call, line }: Props) {
  const { text } = useVoip()
  const hangUp = useAction(line.hangUp)
  const { audio } = call
  const ringing = call.call.status === 'RINGING'
  useEffect(() => (ringing ? startRinging('there') : undefined), [ringing])
  return (
    <section className="ringside-call-panel" aria-label={text.callWith(otherOf(call))}>
      <p className="ringside-strong">{otherOf(call)}</p>
      <p className="ringside-soft" role="status">
        {ringing ? text.ringing : audio?.connection === 'connecting' ? text.connecting : null}
        {audio?.connection === 'reconnecting' && text.reconnecting}
        {!ringing && audio?.connection === 'connected' && audio.silenced && text.silenced}
      </p>
      {call.call.answeredAt !== null && <Elapsed since={call.call.answeredAt} />}
      {call.recording !== null && <RecordingNotice recording={call.recording} other={otherOf(call)} line={line} />}
      {audio?.microphone != null && (
        <p className="ringside-problem" role="alert">
          {text.microphone[audio.microphone]}
        </p>
      )}
      {audio?.out === 'refused' && (
        <p className="ringside-problem" role="alert">
          {text.refused}
        </p>
      )}
      <div className="ringside-actions">
        <Button aria-pressed={audio?.muted ?? false} onClick={() => line.mute(!audio?.muted)}>
          {text.mute}
        </Button>
        <Button look="danger" pending={hangUp.pending} onClick={() => hangUp.run()}>
          <Handset down />
          {text.hangUp}
        </Button>
      </div>
      <Problem error={hangUp.error} />
    </section>
  )
}

/** How the last call ended, for a moment. */
function Ended({ line: { ended } }: { line: CallControls }) {
  const { text } = useVoip()
  const [read, setRead] = useState<string | null>(null)
  const roomName = ended?.roomName ?? null
  useEffect(() => {
    if (roomName === null) return
    const timer = setTimeout(() => setRead(roomName), ENDED_MS)
    return () => clearTimeout(timer)
  }, [roomName])
  const shown = ended !== null && read !== roomName && ended.status !== 'RINGING' && ended.status !== 'IN_PROGRESS'
  return (
    <div role="status">
      {shown && (
        <p className="ringside-call-panel ringside-strong">
          {text.ended[ended.status as keyof typeof text.ended]}
          {ended.duration !== null && ended.duration > 0 && ` · ${clock(ended.duration)}`}
        </p>
      )}
    </div>
  )
}
