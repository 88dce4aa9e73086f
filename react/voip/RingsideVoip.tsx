import { createContext, type ReactNode, use, useEffect, useEffectEvent, useMemo, useState } from 'react'
import { openVoipLine, type VoipLine, type VoipLineOptions } from '../../client/voip/voipLine.ts'
import { type VoipText, voipTextEn, voipTextEs } from './voipText.ts'

interface RingsideVoipProps {
  /** The bearer token of whoever is signed in: with Supabase, `session.access_token`. */
  getToken(): Promise<string> | string
  /** Where Ringside is; the page's own origin unless given. */
  url?: string
  /** BCP 47; the browser's own language unless given. What there are no words of ours for is in English. */
  locale?: string
  children: ReactNode
  /** The line itself, for tests. */
  open?: (options: VoipLineOptions) => VoipLine
}

interface Voip {
  /** Null for a moment, before the page is there. */
  line: VoipLine | null
  text: VoipText
  /** In which whoever sits here is spoken to, BCP 47. */
  language: string
}

const VoipContext = createContext<Voip | null>(null)

/** Around everything that calls or is called: the one telephone of whoever is signed in. Sign out by taking it away. */
export function RingsideVoip({ getToken, url, locale, children, open = openVoipLine }: RingsideVoipProps) {
  const [line, setLine] = useState<VoipLine | null>(null)
  const askForToken = useEffectEvent(getToken)
  const begin = useEffectEvent(open)
  useEffect(() => {
    const opened = begin({ url, getToken: () => askForToken() })
    setLine(opened)
    return () => {
      opened.close()
      setLine(null)
    }
  }, [url])

  const language = locale ?? globalThis.navigator?.language ?? 'en'
  const text = language.startsWith('es') ? voipTextEs : voipTextEn
  const voip = useMemo(() => ({ line, text, language }), [line, text, language])
  return <VoipContext value={voip}>{children}</VoipContext>
}

export function useVoip(): Voip {
  const voip = use(VoipContext)
  if (voip === null) throw new Error('Put <RingsideVoip getToken={…}> around this component.')
  return voip
}
