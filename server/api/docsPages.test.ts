import { afterAll, beforeAll, expect, test } from 'vitest'
import { barriers, chromiumPath, openBrowser } from '../../test/support/browser.ts'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import type { OpenApi } from './openapi.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const get = async (path: string) => {
  const response = await fetch(server.url + path)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** Every address below `/docs` that can be reached by links. */
async function crawl(): Promise<Map<string, string>> {
  const pages = new Map<string, string>()
  const waiting = ['/docs']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (pages.has(path)) continue
    const { status, text } = await get(path)
    expect([path, status]).toEqual([path, 200])
    pages.set(path, text)
    for (const [, href] of text.matchAll(/href="(\/docs[^"#]*)/g)) if (!href!.endsWith('.css')) waiting.push(href!)
  }
  return pages
}

test('every page is there, every link leads somewhere, and every operation is on one', async () => {
  const pages = await crawl()
  const all = [...pages.values()].join('')
  const api = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi
  for (const item of Object.values(api.paths)) {
    for (const { operationId } of Object.values(item)) expect(all).toContain(`id="${operationId}"`)
  }
  for (const [path, text] of pages) {
    // What the content security policy would not let happen anyway.
    expect(text).not.toMatch(/<script|<style| style=| on\w+=/)
    for (const [, target, anchor] of text.matchAll(/href="(\/docs[^"#]*)?#([^"]+)"/g)) {
      expect(`${path}: ${target ?? path}#${anchor} ${pages.get(target ?? path)!.includes(`id="${anchor}"`)}`).toMatch(
        /true$/,
      )
    }
  }
})

test('a page shows how to ask and what comes back', async () => {
  const { text, headers } = await get('/docs/contacts')
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(text).toContain(`curl -X POST ${server.url}/api/contacts`)
  expect(text).toContain('x-api-key: $API_KEY')
  expect(text).toContain('<a href="/docs/shapes#Contact">Contact</a>')
  expect(text).toContain('aria-current="page">Contacts</a>')
})

test('what is not there is not found', async () => {
  for (const path of [
    '/docs/nothing',
    '/docs/guides/nothing',
    '/docs/contacts/x',
    '/docs/guides/..%2f..%2fLICENSE',
    '/docs/',
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 404])
  }
})

test.skipIf(chromiumPath === null)(
  chromiumPath === null ? 'is for everybody (skipped: no Chromium found)' : 'is for everybody',
  async () => {
    const browser = await openBrowser()
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await (await browser.newContext({ baseURL: server.url, colorScheme })).newPage()
        const problems: string[] = []
        page.on('console', message => problems.push(message.text()))
        for (const path of ['/docs', '/docs/contacts', '/docs/shapes']) {
          await page.goto(path)
          expect(await barriers(page)).toEqual([])
        }
        const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor')
        expect(paper).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 27)')
        // By keyboard: past the navigation, straight to the content.
        await page.goto('/docs/contacts')
        await page.keyboard.press('Tab')
        await page.keyboard.press('Enter')
        expect(await page.evaluate('document.activeElement.id')).toBe('content')
        expect(problems).toEqual([])
      }
    } finally {
      await browser.close()
    }
  },
  60_000,
)
