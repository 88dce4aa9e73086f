import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useReducer,
  useRef,
  useState,
} from 'react'
import { ApiError } from '../../client/api.ts'
import type { CallDetails, Card } from '../../client/contract.ts'
import type { LiveEvent } from '../../client/live.ts'
import type { AgentNow } from '../../react/agents.ts'
import type { CallQueue, QueuedCall } from '../../react/callQueue.ts'
import { type Hand, type HandInput, handAfter } from '../../react/hand.ts'
import { type LostOffer, lostOfferAfter, type Offered } from '../../react/offers.ts'
import {
  NO_POPUP,
  nextTick,
  type Onlooker,
  type Popup,
  type PopupInput,
  popupAfter,
  popupBesides,
  ringsForAnybody,
} from '../../react/popup.ts'
import { useLiveEvents } from '../../react/useLiveEvents.ts'
import { queryClient } from '../api.ts'
import { applyEvent, callQuery, myAgentQuery, offersQuery, queueQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'
import { useSoftphone } from '../softphone/Softphone.tsx'
import { useText } from '../text/text.tsx'
import { type Announcement, announcementOf, callerName } from './announcement.ts'
import { awaitGesture, keepRinging, notify, ring, ringHere } from './ringer.ts'

/** How long it is said what became of an offer that is gone. */
const LOST_SHOWN_MS = 10_000

const NO_OFFERS: readonly Offered[] = []

/** What goes on just now, the same on every page: the queue, who rings, what is offered, and the call at hand. */
interface Center {
  queue: CallQueue
  /** Whoever is signed in; null for those who take no calls, and until it is known. */
  agent: AgentNow | null
  offers: readonly Offered[]
  lostOffer: LostOffer | null
  popup: Popup
  hand: Hand
  onPopup(input: PopupInput): void
  onHand(input: HandInput): void
}

const CenterContext = createContext<Center | null>(null)

export function useCenter(): Center {
  const center = useContext(CenterContext)
  if (!center) throw new Error('only inside of the shell')
  return center
}

export const callsOf = (queue: CallQueue): QueuedCall[] => queue.items.filter(item => item.kind === 'call')

const currentQueue = (): CallQueue => queryClient.getQueryData(queueQuery.queryKey) ?? { items: [], seq: 0 }

const knownCard = (event: LiveEvent): Card | null =>
  'call' in event ? (callsOf(currentQueue()).find(call => call.id === event.call.id)?.card ?? null) : null

export function CenterProvider({ children }: { children: ReactNode }) {
  const { live, agentId, country } = useSession()
  const text = useText()
  const { state: softphone } = useSoftphone()
  const navigate = useNavigate()
  const { data: queue = currentQueue() } = useQuery(queueQuery)
  const { data: agent = null } = useQuery({ ...myAgentQuery, enabled: agentId !== null })
  const { data: offers = NO_OFFERS } = useQuery(offersQuery(agentId))
  const [lostOffer, setLostOffer] = useState<LostOffer | null>(null)
  const [said, say] = useState<(Announcement & { seq: number }) | null>(null)
  const [popup, tellPopup] = useReducer(
    (before: Popup, { input, onlooker }: { input: PopupInput; onlooker: Onlooker }) =>
      popupAfter(before, input, onlooker),
    null,
    () => popupAfter(NO_POPUP, { type: 'queue', calls: callsOf(currentQueue()) }, { agentId, now: Date.now() }),
  )
  const [hand, tellHand] = useReducer(
    (before: Hand, input: HandInput) => handAfter(before, input, agentId),
    null,
    () => handAfter(null, { type: 'queue', calls: callsOf(currentQueue()) }, agentId),
  )
  const onPopup = (input: PopupInput) => tellPopup({ input, onlooker: { agentId, now: Date.now() } })

  function onEvent(event: LiveEvent): void {
    const card = knownCard(event)
    applyEvent(queryClient, event)
    onPopup({ type: 'event', event, card })
    tellHand({ type: 'event', event, card })
    setLostOffer(lost => lostOfferAfter(lost, event, agentId))
    const announcement = announcementOf(event, { agentId, country, text })
    if (announcement) say({ ...announcement, seq: event.seq })
    const onClick = () => navigate({ to: '/desk' })
    if (event.type === 'call.arrived' && ringsForAnybody(event.call)) {
      const body = callerName(event.call, { country, text })
      ring({ tag: event.call.id, title: text.popup.incomingCall, body, onClick })
    }
    if (event.type === 'offer.made' && event.offer.agent.id === agentId) {
      const body = callerName(event.call, { country, text })
      notify({ tag: event.offer.id, title: text.popup.offer.title[event.offer.kind], body, onClick })
    }
  }

  async function onResync(): Promise<void> {
    await queryClient.invalidateQueries()
    const calls = callsOf(currentQueue())
    onPopup({ type: 'queue', calls })
    tellHand({ type: 'queue', calls })
  }

  useLiveEvents(live, onEvent, () => void onResync())
  useEffect(awaitGesture, [])

  const { registered, first } = softphone
  useEffect(() => {
    ringHere(registered ? first : null)
    return () => ringHere(null)
  }, [registered, first])

  const legs = useRef<readonly string[]>([])
  const mine = softphone.legs.map(({ leg }) => leg).join(' ')
  const seeWhatIsLeft = useEffectEvent(async () => {
    await queryClient.refetchQueries({ queryKey: queueQuery.queryKey })
    const calls = callsOf(currentQueue())
    tellHand({ type: 'queue', calls })
    const callId = hand?.call.id
    if (callId === undefined || calls.some(({ id }) => id === callId)) return
    // It has ended, which its event tells; or it is not there any more for this person.
    const gone = (error: unknown) => error instanceof ApiError && error.status === 404
    await queryClient
      .fetchQuery({ ...callQuery(callId), staleTime: 0 })
      .catch(error => gone(error) && tellHand({ type: 'out_of_sight', callId, calls }))
  })
  useEffect(() => {
    const now = mine.split(' ')
    // Who is no longer part of a call of other people's queues is told nothing of it, not even that.
    if (legs.current.some(leg => !now.includes(leg))) void seeWhatIsLeft()
    legs.current = mine === '' ? [] : now
  }, [mine])

  const isOffered = offers.length > 0
  useEffect(() => (isOffered ? keepRinging() : undefined), [isOffered])

  useEffect(() => {
    if (lostOffer === null) return
    const alarm = setTimeout(() => setLostOffer(null), LOST_SHOWN_MS)
    return () => clearTimeout(alarm)
  }, [lostOffer])

  const writingUp = agent?.wrapUps[0]?.callId ?? null
  const handsFree = hand === null
  useEffect(() => {
    if (writingUp === null || !handsFree) return
    const found = ({ card, ...call }: CallDetails) => tellHand({ type: 'wrap_up', call, card })
    // Without it there is nothing to write on; the wrap-up ends by itself.
    queryClient.fetchQuery(callQuery(writingUp)).then(found, () => {})
  }, [writingUp, handsFree])

  const tickAt = nextTick(popup)
  // biome-ignore lint/correctness/useExhaustiveDependencies: one alarm for each time
  useEffect(() => {
    if (tickAt === null) return
    const alarm = setTimeout(() => onPopup({ type: 'tick' }), Math.max(0, tickAt - Date.now()))
    return () => clearTimeout(alarm)
  }, [tickAt])

  return (
    <CenterContext
      value={{ queue, agent, offers, lostOffer, popup: popupBesides(popup, offers), hand, onPopup, onHand: tellHand }}
    >
      {children}
      {/* Keyed, so that the same words said again are said again. */}
      <div className="sr-only" aria-live="assertive">
        {said?.urgent && <p key={said.seq}>{said.words}</p>}
      </div>
      <div className="sr-only" aria-live="polite">
        {said && !said.urgent && <p key={said.seq}>{said.words}</p>}
      </div>
    </CenterContext>
  )
}
