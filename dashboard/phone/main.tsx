import { StrictMode, useEffect, useMemo, useState } from 'react'
import { createRoot } from 'react-dom/client'
import type { PhoneInfo } from '../../client/contract.ts'
import { type Callee, PhoneScreen } from './PhoneScreen.tsx'
import { createPhone, type Phone } from './phone.ts'
import { phoneWords } from './words.ts'
import '../styles.css'

/** `number`, `name`, `key`, `lang`, and `embed` inside another page. */
const asked = new URLSearchParams(location.search)

/** What the server knows of the number; null when it knows none such, or cannot be reached: calling will tell. */
async function fetchInfo(): Promise<PhoneInfo | null> {
  const number = asked.get('number')
  const response = await fetch(`/api/phone${number === null ? '' : `?${new URLSearchParams({ number })}`}`)
  return response.ok ? response.json() : null
}

function PhonePage({ phone }: { phone: Phone }) {
  const [info, setInfo] = useState<PhoneInfo | null>(null)
  useEffect(() => {
    fetchInfo().then(setInfo, () => {})
  }, [])
  const { text, locale } = useMemo(
    () => phoneWords([asked.get('lang') ?? '', ...navigator.languages, info?.language ?? '']),
    [info],
  )
  const number = info?.number ?? asked.get('number') ?? ''
  const callee: Callee = { number, label: info?.label ?? number, workspaceName: info?.workspaceName ?? null }
  useEffect(() => {
    document.documentElement.lang = locale
    document.title = callee.workspaceName === null ? text.title : `${text.title} · ${callee.workspaceName}`
  }, [locale, text, callee.workspaceName])
  return (
    <PhoneScreen
      phone={phone}
      callee={callee}
      text={text}
      given={{ name: asked.get('name'), language: asked.get('lang') }}
      embedded={asked.has('embed')}
    />
  )
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <PhonePage phone={createPhone()} />
  </StrictMode>,
)
