import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { CallManager, RingsideVoip } from '../../react/voip/index.ts'
import '../../react/ringside.css'
import './page.css'

/** With Supabase: `async () => (await supabase.auth.getSession()).data.session!.access_token`. */
const tokenOf = (sub: string) => async () => (await fetch(`/token?sub=${sub}`)).text()

/** A page of somebody who is signed in. The manager stands in the layout, so that it rings wherever they are. */
export const showPage = (sub: string, content: ReactNode): void =>
  createRoot(document.getElementById('root')!).render(
    <RingsideVoip getToken={tokenOf(sub)}>
      <CallManager />
      <main>{content}</main>
    </RingsideVoip>,
  )
