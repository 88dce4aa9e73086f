import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as contract from '../client/contract.ts'
import type { Route } from '../client/route.ts'
import { readConfig } from '../server/config.ts'
import { headersOf } from '../server/platform/pages.ts'
import { chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const isRoute = (value: unknown): value is Route => typeof value === 'object' && value !== null && 'may' in value
const OPERATIONS = Object.values<unknown>(contract)
  .filter(isRoute)
  .map(({ method, path }) => ({ method, path: path.replace(/:\w+/g, '01a1fbaf-12e7-7536-b034-cbea0577675b') }))
/** Beside the contract: pages, files, what is not there, what nobody should ask. */
const OTHERS = [
  '/',
  '/sign-in',
  '/desk',
  '/phone',
  '/widget.js',
  '/theme.js',
  '/healthz',
  '/readyz',
  '/media/hold-music.wav',
  '/media/nothing',
  '/api/nothing',
  '/functions/v1/nothing',
  '/assets/nothing.js',
  '/%zz',
  '/..%2f..%2fetc/passwd',
  '/socket.io/?EIO=4&transport=polling',
].map(path => ({ method: 'GET', path }))

describe('every answer', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ PUBLIC_URL: 'https://calls.example.com' })
  })
  afterAll(() => server.close())
  const ask = ({ method, path }: { method: string; path: string }) => fetch(server.url + path, { method })

  test.each([...OPERATIONS, ...OTHERS])('$method $path', async asked => {
    const { headers } = await ask(asked)
    const [path] = asked.path.split('?')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("connect-src 'self';")
    expect(policy).not.toMatch(/unsafe|https?:|wss?:|\*(?!$)/)
    expect(policy).toContain("object-src 'none'; base-uri 'none'; form-action 'self'")
    expect(policy).toMatch(path === '/phone' ? /frame-ancestors \*$/ : /frame-ancestors 'none'$/)
    expect(headers.get('permissions-policy')).toMatch(/^microphone=\(self\), camera=\(\), geolocation=\(\)/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    // What is made for other people's pages: the widget, calls from a customer portal, which sends bearer tokens, and the
    // form of a website, which sends no credentials.
    const isAskedByOthers = path!.startsWith('/api/voip/') || path === '/api/customer/support-request'
    const forOthers = isAskedByOthers || path === '/widget.js'
    expect(headers.get('cross-origin-resource-policy')).toBe(forOthers ? 'cross-origin' : 'same-origin')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains')
    expect(headers.get('access-control-allow-origin')).toBe(isAskedByOthers ? '*' : null)
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    for (const telling of ['server', 'x-powered-by']) expect(headers.get(telling)).toBeNull()
    if (/^\/(api|functions|socket\.io|healthz|readyz)/.test(path!))
      expect(headers.get('cache-control')).toBe('no-store')
  })

  test('pages speak with whoever carries their calls, and with nobody else', () => {
    const [LIVEKIT_API_KEY, LIVEKIT_API_SECRET] = ['key', 'secret-of-livekit-0123456789abcdef']
    for (const [LIVEKIT_API_URL, carriers] of [
      ['wss://calls.livekit.example', 'wss://calls.livekit.example https://calls.livekit.example'],
      ['http://127.0.0.1:7880', 'ws://127.0.0.1:7880 http://127.0.0.1:7880'],
    ] as const) {
      const config = readConfig({ LIVEKIT_API_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET })
      expect(headersOf(config, '/')['content-security-policy']).toContain(`; connect-src 'self' ${carriers};`)
    }
  })

  test('without https there is no promise of it', async () => {
    const plain = await startTestServer()
    try {
      const { headers } = await fetch(`${plain.url}/healthz`)
      expect(headers.get('strict-transport-security')).toBeNull()
    } finally {
      await plain.close()
    }
  })
})

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'
describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  beforeAll(async () => {
    server = await startTestServer()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const PAGES = ['desk', 'live', 'calls', 'contacts', 'requests', 'queues', 'flows', 'hours', 'prompts', 'voicemails']
  const SETTINGS = ['', '/alerts', '/users', '/agents', '/keys', '/numbers'].map(part => `settings${part}`)
  const breach = /Content Security Policy|Permissions[- ]Policy|Refused to/i

  test('no page wants anything that the policy does not let it', { timeout: 120_000 }, async () => {
    const page = await openPage(browser, server)
    for (const path of [...PAGES, 'activity', 'reports', ...SETTINGS, 'sign-in', 'phone']) {
      await page.goto(`/${path}`)
      await page.locator('h1').first().waitFor()
      expect(
        page.problems.filter(problem => breach.test(problem)),
        path,
      ).toEqual([])
    }
  })

  test('the watch on it works: a script that is written into a page does not run', async () => {
    const page = await openPage(browser, server)
    await page.goto('/sign-in')
    await page.locator('h1').first().waitFor()
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'document.title = "taken over"'
      document.body.append(script)
    })
    await expect.poll(() => page.problems.filter(problem => breach.test(problem)).length).toBe(1)
    expect(await page.title()).not.toBe('taken over')
  })
})
