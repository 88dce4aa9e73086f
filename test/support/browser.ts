import fs from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { ADMIN, type TestServer } from './server.ts'

/** Where Chromium is on this machine; null when there is none. */
export const chromiumPath: string | null =
  [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ].find(path => path && fs.existsSync(path)) ?? null

/** A microphone that beeps, and that every page may use. */
export const FAKE_MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

/** A browser that talks to nobody but who it is told to. */
export const openBrowser = (more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })

/** A page of somebody who is signed in, with a profile of its own. */
export async function openPage(
  browser: Browser,
  server: TestServer,
  options: BrowserContextOptions & { as?: { email: string; password: string } | null } = {},
): Promise<Page & { problems: string[] }> {
  const { as = ADMIN, ...profile } = options
  const context = await browser.newContext({ baseURL: server.url, locale: 'en-US', ...profile })
  if (as !== null) {
    const answer = await context.request.post('/api/auth/sign-in/email', { data: as })
    if (!answer.ok()) throw new Error(`could not sign in: ${answer.status()}`)
  }
  const page = await context.newPage()
  // Whatever the console complains about, a breach of the content security policy for one, is a fault.
  const problems: string[] = []
  page.on('pageerror', error => problems.push(String(error)))
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  return Object.assign(page, { problems })
}

/** What has the focus, by its name or its words. */
export const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => {
    const { activeElement } = document
    const label =
      activeElement?.getAttribute('aria-label') ?? (activeElement as HTMLInputElement | null)?.labels?.[0]?.textContent
    return label ?? activeElement?.textContent ?? null
  })

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What keeps people with disabilities out of this page, as far as a program can tell; only what is serious. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(`${axe}; 0`)
  const results: AxeResults = await page.evaluate('axe.run()')
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(node => node.target.join(' ')).join(', ')}`)
}
