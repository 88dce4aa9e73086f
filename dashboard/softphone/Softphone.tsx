import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import type { Softphone, SoftphoneLeg, SoftphoneState } from '../../client/softphone/softphone.ts'
import { queryClient } from '../api.ts'
import { voiceSettingsQuery } from '../queries.ts'
import { useSession } from '../session/session.tsx'

interface SoftphoneAtHand {
  /** Null for those who neither take calls nor listen to them, where no calls go over the web, and at the beginning. */
  phone: Softphone | null
  /** It is not known yet whether there will be one. */
  opening: boolean
  state: SoftphoneState
}

const NO_PHONE: SoftphoneState = { registered: false, first: false, legs: [], microphone: null, silenced: false }

const SoftphoneContext = createContext<SoftphoneAtHand>({ phone: null, opening: false, state: NO_PHONE })

export const useSoftphone = (): SoftphoneAtHand => useContext(SoftphoneContext)

/** This page's own part of a call: null where it has none, or another window has it. */
export const useLeg = (callId: string): SoftphoneLeg | null =>
  useSoftphone().state.legs.find(leg => leg.callId === callId) ?? null

async function openOurs(): Promise<Softphone | null> {
  const [{ openBuiltinSoftphone }, { webCalls }] = await Promise.all([
    import('../../client/softphone/builtin.ts'),
    queryClient.fetchQuery(voiceSettingsQuery),
  ])
  return webCalls ? openBuiltinSoftphone() : null
}

interface SoftphoneProviderProps {
  /** Opens the telephone of this page; null: there is none to be had. */
  open?: () => Promise<Softphone | null>
  children: ReactNode
}

/** The one telephone of this page, from signing in to signing out. */
export function SoftphoneProvider({ open = openOurs, children }: SoftphoneProviderProps) {
  const { agentId, may } = useSession()
  const wanted = agentId !== null || may('supervise calls')
  const [phone, setPhone] = useState<Softphone | null | undefined>(undefined)
  useEffect(() => {
    if (!wanted) return
    let opened: Softphone | null = null
    let gone = false
    // Where it cannot be loaded there is none: calls by telephone go on as ever.
    open().then(
      softphone => {
        if (gone) return softphone?.stop()
        opened = softphone
        setPhone(softphone)
      },
      () => setPhone(null),
    )
    return () => {
      gone = true
      opened?.stop()
      setPhone(undefined)
    }
  }, [wanted, open])
  const state = useSyncExternalStore(phone?.subscribe ?? nothingChanges, () => phone?.state ?? NO_PHONE)
  const opening = wanted && phone === undefined
  return <SoftphoneContext value={{ phone: phone ?? null, opening, state }}>{children}</SoftphoneContext>
}

const nothingChanges = () => () => {}
