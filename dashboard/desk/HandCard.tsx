import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { CallerForm } from '../../react/CallerForm.tsx'
import { CallerHeading } from '../../react/CallerHeading.tsx'
import { CallerHistory } from '../../react/CallerHistory.tsx'
import { Candidates } from '../../react/Candidates.tsx'
import { callerOf } from '../../react/caller.ts'
import { isOver, partyNumber } from '../../react/callQueue.ts'
import type { Hand } from '../../react/hand.ts'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { NoteForm } from '../calls/NoteForm.tsx'
import { callsOf, useCenter } from '../live/Center.tsx'
import { createCaller, hangUpCall, settleCaller } from '../live/callActions.ts'
import { useGo } from '../live/useGo.ts'
import { useSession } from '../session/session.tsx'
import { QualityMark } from '../softphone/QualityMark.tsx'
import { useLeg } from '../softphone/Softphone.tsx'
import { TalkPanel } from '../softphone/TalkPanel.tsx'
import { TALK_TONES } from '../softphone/talk.ts'
import { useTalk } from '../softphone/useTalk.ts'
import { useWords } from '../text/text.tsx'
import { ConsentControl } from './ConsentControl.tsx'
import { Disposition } from './Disposition.tsx'
import { TransferCall } from './TransferCall.tsx'
import { WrapUp } from './WrapUp.tsx'

/**
 * The call that the agent is on: who it is, what there has been, and a place for a note. Stays after the end, with the
 * time that is left to write.
 */
export function HandCard({ hand: { call, card } }: { hand: NonNullable<Hand> }) {
  const { text, format } = useWords()
  const { country, agentId } = useSession()
  const { queue, agent, onHand } = useCenter()
  const go = useGo()
  const [creating, setCreating] = useState(false)
  const [transferring, setTransferring] = useState(false)
  const [finished, setFinished] = useState(false)
  const hangUp = useAction(() => hangUpCall(call.id))
  const talk = useTalk(call)
  const leg = useLeg(call.id)
  const caller = callerOf(call, card)
  // Once it has been sent on it is only written up here.
  const going = !isOver(call) && call.agent?.id === agentId
  const wrapUp = agent?.wrapUps.find(({ callId }) => callId === call.id)
  const self = useRef<HTMLElement>(null)
  const close = () => onHand({ type: 'close', calls: callsOf(queue) })
  const closeFinished = useEffectEvent(() => {
    // What somebody has written and not saved is never thrown away.
    if (!self.current?.querySelector('textarea')?.value.trim()) close()
  })
  const over = finished && wrapUp === undefined
  useEffect(() => {
    if (over) closeFinished()
  }, [over])
  return (
    <article ref={self} className="ringside-card" aria-label={text.deskScreen.place}>
      {/* As the padding around the card, so that it covers what is scrolled below. */}
      <div className="sticky -top-4 z-10 bg-raised pb-1">
        <CallerHeading
          call={call}
          caller={caller}
          country={country}
          text={text.popup}
          {...(talk && { state: { tone: TALK_TONES[talk.state], words: text.voice.talk.state[talk.state] } })}
        />
        <div className="absolute top-3.5 right-0">
          <QualityMark quality={leg?.quality ?? null} />
        </div>
        {talk && (
          <div className="mt-3">
            <TalkPanel call={call} talk={talk} />
          </div>
        )}
        {going && !talk && <ConsentControl call={call} />}
      </div>
      <div className="ringside-actions">
        {going && !talk && (
          <>
            <Button look="danger" shortcut="e" pending={hangUp.pending} onClick={() => hangUp.run()}>
              {text.call.hangUp}
            </Button>
            <Button shortcut="t" onClick={() => setTransferring(true)}>
              {text.voice.talk.transfer}
            </Button>
          </>
        )}
        {caller.kind === 'known' && <Button onClick={() => go.toContact(caller.contactId)}>{text.popup.view}</Button>}
        {caller.kind === 'unknown' && (
          <Button aria-expanded={creating} onClick={() => setCreating(!creating)}>
            {text.popup.create}
          </Button>
        )}
        {!going && !talk && !wrapUp && (
          <Button look="plain" onClick={close}>
            {text.close}
          </Button>
        )}
      </div>
      <Problem error={hangUp.error} />
      {wrapUp && (
        <div className="mt-3">
          <WrapUp callId={call.id} until={wrapUp.until} onFinished={() => setFinished(true)} />
        </div>
      )}
      {transferring && <TransferCall call={call} onClose={() => setTransferring(false)} />}
      {creating && caller.kind === 'unknown' && (
        <CallerForm
          number={partyNumber(call)}
          suggestedName={call.callerName}
          country={country}
          text={text.popup}
          onSave={made => createCaller(call, made)}
          onCancel={() => setCreating(false)}
        />
      )}
      {caller.kind === 'candidates' && (
        <Candidates
          candidates={caller.candidates}
          text={text.popup}
          onSettle={contactId => settleCaller(call.id, contactId)}
        />
      )}
      <div className="mt-4 space-y-3">
        <Disposition call={call} />
        <NoteForm callId={call.id} />
      </div>
      {card && (
        <CallerHistory
          card={card}
          locale={format}
          text={text.popup}
          onOpenCall={go.toCall}
          onOpenRequest={go.toRequest}
        />
      )}
    </article>
  )
}
