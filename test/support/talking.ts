import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type * as contract from '../../client/contract.ts'
import { must, type Person } from './people.ts'
import { ADMIN, type TestServer } from './server.ts'
import { giveVoice, untilHeard, type Voice } from './tones.ts'

/** A page that speaks with a tone of its own. */
export type TalkingPage = Page & { problems: string[] }

interface Visit extends BrowserContextOptions {
  voice: Voice
  path: string
  as?: { email: string; password: string } | null
  init?: (page: Page) => Promise<void>
}

/** Opens a page of somebody, signed in or not, in a profile of its own. */
export async function visit(browser: Browser, server: Pick<TestServer, 'url'>, options: Visit): Promise<TalkingPage> {
  const { voice, path, as = ADMIN, init, ...profile } = options
  const context = await browser.newContext({ baseURL: server.url, locale: 'en-US', ...profile })
  if (as !== null) await context.request.post('/api/auth/sign-in/email', { data: as })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', error => problems.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  await giveVoice(page, voice)
  await init?.(page)
  await page.goto(path)
  return Object.assign(page, { problems })
}

/** Dials from the phone page, hears the menu, asks for a queue by its key, and hears the music of its line. */
export async function dial(phone: Page, key: string, button = 'Call'): Promise<void> {
  await phone.getByRole('button', { name: button, exact: true }).click()
  await untilHeard(phone, ['sound'])
  await phone.getByRole('button', { name: key, exact: true }).click()
  await phone.getByText(/in line/).waitFor()
}

/** The agent accepts the only offer, as its desk would, once there is one. */
export async function acceptCall(agent: Person): Promise<contract.LiveOffer> {
  for (const until = performance.now() + 20_000; performance.now() < until; ) {
    if ((await agent.offers()).length > 0) return agent.accept()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`nothing rings at ${agent.name}`)
}

/** What the desk asks of a call. */
export const askOf = (agent: Pick<Person, 'ask'>, callId: string) => (what: string, json?: unknown) =>
  must(agent.ask<{ call: contract.Call }>(`/api/calls/${callId}/${what}`, 'POST', json ?? {}))
