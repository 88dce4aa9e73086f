import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { v7 as newId } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordingFile } from '../server/recordings/recordingFile.ts'
import { recordingLink } from '../server/recordings/recordingLink.ts'
import { chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { SCRIPTS } from './support/hostileText.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const dataDir = mkdtempSync(path.join(tmpdir(), 'ringside-hostile-'))
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ API_REQUESTS_PER_HOUR: '1000000', DATA_DIR: dataDir })
})
afterAll(async () => {
  await server.close()
  rmSync(dataDir, { recursive: true })
})

const inBatches = async (texts: readonly string[], each: (text: string, index: number) => Promise<unknown>) => {
  for (let from = 0; from < texts.length; from += 20)
    await Promise.all(texts.slice(from, from + 20).map((text, n) => each(text, from + n)))
}
const workspaceId = async (): Promise<string> => {
  const [row] = await server.app.db.asSystem(sql => sql.query<{ id: string }>('select id from workspaces limit 1'))
  return row!.id
}

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(`${SCRIPTS.length} texts that are scripts, ${named}`, () => {
  let browser: Browser
  let page: Page & { problems: string[] }
  let callId: string
  let contactId: string
  const ran: string[] = []

  /** Each of them wherever somebody outside, or a colleague, can put a text. */
  beforeAll(async () => {
    const post = async (path: string, json: unknown, headers: Record<string, string> = {}) => {
      const { status, body } = await server.api(path, { json, headers })
      expect([path, json, status, body]).toEqual([path, json, expect.toSatisfy(code => code < 300), body])
      return body as Record<string, { id: string }>
    }
    await inBatches(SCRIPTS, async (text, n) => {
      const header = /[^\x20-\x7e]/.test(text) ? 'Browser' : text
      const made = await post(
        '/api/contacts',
        { name: text, company: text.slice(0, 200), tags: [text.slice(0, 50)] },
        {
          'user-agent': header,
        },
      )
      contactId = made.contact!.id
      // Customers are limited by their address.
      await server.inject({
        method: 'POST',
        url: '/api/customer/support-request',
        remoteAddress: `192.0.2.${n}`,
        payload: { userEmail: 'somebody@example.com', subject: text, description: text },
      })
      await post('/api/webhooks/call/incoming', {
        CallSid: `CA${String(n).padStart(32, '0')}`,
        From: `+1415555${String(1000 + n)}`,
        To: '+12025550100',
        CallStatus: 'ringing',
        Direction: 'inbound',
        CallerName: text,
      })
      if (n > 20)
        await post('/api/webhooks/call/status', {
          CallSid: `CA${String(n).padStart(32, '0')}`,
          CallStatus: 'completed',
        })
    })
    const { call } = await post('/api/admin/customer-service/calls', {
      contactId,
      customerPhone: '+14155550199',
      direction: 'inbound',
      subject: SCRIPTS[0],
    })
    callId = call!.id
    for (const [n, text] of SCRIPTS.entries()) {
      await post(`/api/calls/${callId}/notes`, { text })
      if (n % 10 > 0) continue
      await post('/api/queues', { name: `q-${n}`, displayName: text.slice(0, 60) })
      await post('/api/users', { email: `x${n}@example.com`, name: text.slice(0, 100), role: 'agent' })
      await post('/api/api-keys', { name: text.slice(0, 100), permissions: ['calls:read'] })
      await post('/api/hours', { name: text.slice(0, 60), timeZone: 'UTC' })
      await post('/api/flows', { name: text.slice(0, 60) })
      await post('/api/numbers', {
        number: `+120255502${String(n).padStart(2, '0').slice(-2)}`,
        label: text.slice(0, 60),
      }).catch(() => {})
    }
    const id = await workspaceId()
    await server.app.db.inWorkspace(id, async tx => {
      const said = SCRIPTS.join('\n').replaceAll('\0', '').toWellFormed()
      await tx.query(
        `insert into recordings (workspace_id, id, call_id, kind, provider, status, seconds, started_at, completed_at, peaks,
           transcript, transcript_masked)
         values ($1, $2, $3, 'call', 'builtin', 'completed', 1, now(), now(), '[[0]]', $4, $4)`,
        [id, '"><img src=x onerror=xss(1)>', callId, said],
      )
      for (const [n, text] of SCRIPTS.entries())
        if (n % 10 === 0)
          await tx.query(
            `insert into prompts (workspace_id, id, name, language, sha256, seconds, bytes, created_by)
             values ($1, $2, $3, 'en', $4, 1, 1, $3)`,
            [id, newId(), text.replaceAll('\0', '').slice(0, 60), '0'.repeat(64)],
          )
    })
    browser = await openBrowser()
    page = await openPage(browser, server, { viewport: { width: 1360, height: 860 } })
    await page.exposeFunction('xss', (n: number) => void ran.push(`script ${n} on ${page.url()}`))
    page.on('dialog', dialog => void ran.push(`dialog ${dialog.message()}`))
    page.on('request', request => {
      if (/\/xss\//.test(request.url())) ran.push(`request ${request.url()}`)
    })
  })
  afterAll(() => browser?.close())

  /** Elements and attributes that only a text taken for markup could have brought. */
  const injected = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('*')]
        .filter(
          element =>
            ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'MARQUEE', 'MATH', 'PLAINTEXT', 'FRAMESET'].includes(
              element.tagName,
            ) ||
            (element.tagName === 'SCRIPT' && !(element as HTMLScriptElement).src) ||
            [...element.attributes].some(
              ({ name, value }) => /^on/i.test(name) || /^\s*(javascript|vbscript|data:text)/i.test(value),
            ),
        )
        .map(element => element.outerHTML.slice(0, 200)),
    )

  test.each([
    '/desk',
    '/calls',
    '/contacts',
    '/requests',
    '/activity',
    '/queues',
    '/hours',
    '/flows',
    '/prompts',
    '/voicemails',
    '/live',
    '/settings/users',
    '/settings/keys',
    '/settings/numbers',
    '/settings/agents',
    '/settings/audit',
    'the call',
    'the contact',
  ])(
    'nothing is executed on %s',
    async where => {
      const address = { 'the call': `/calls/${callId}`, 'the contact': `/contacts/${contactId}` }[where] ?? where
      await page.goto(address)
      await page.locator('main, [role=main]').first().waitFor()
      await page.waitForLoadState('networkidle')
      for (let n = 0; n < 4; n++) {
        const more = page.getByRole('button', { name: 'Load more' })
        if ((await more.count()) === 0) break
        await more.first().click()
        await page.waitForLoadState('networkidle')
      }
      for (const summary of (await page.locator('summary').all()).slice(0, 8))
        await summary.click({ timeout: 1000 }).catch(() => {})
      expect(ran).toEqual([])
      expect(await injected()).toEqual([])
      expect(page.problems.filter(problem => /content security|xss|refused/i.test(problem))).toEqual([])
      // They are there, as text.
      if (['/calls', '/contacts', '/requests', 'the call'].includes(where))
        expect(await page.locator('body').innerText()).toMatch(/xss\(\d+\)/)
    },
    60_000,
  )

  test('the name of somebody who rings is text on the card, too', async () => {
    await page.goto('/desk')
    await page.waitForLoadState('networkidle')
    await server.api('/api/webhooks/call/incoming', {
      json: {
        CallSid: `CA${'9'.repeat(32)}`,
        From: '+14155559999',
        To: '+12025550100',
        CallStatus: 'ringing',
        Direction: 'inbound',
        CallerName: '<img src=x onerror=xss(999)>',
      },
    })
    await page.getByText('<img src=x onerror=xss(999)>').first().waitFor()
    expect(ran).toEqual([])
    expect(await injected()).toEqual([])
  })
})

describe('a name is never a path', () => {
  const PATHS = [
    '../../../../etc/passwd',
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '%252e%252e%252fetc%252fpasswd',
    '..%5c..%5cwindows%5cwin.ini',
    '....%2f%2f....%2f%2fetc%2fpasswd',
    '%2fetc%2fpasswd',
    'file:%2f%2f%2fetc%2fpasswd',
    '%00',
    'x%00.opus',
    '..%c0%afetc%c0%afpasswd',
    '%ef%bc%8e%ef%bc%8e%ef%bc%8fetc%ef%bc%8fpasswd',
    '~root',
    'CON',
    'x'.repeat(200),
    'x'.repeat(5000),
    '%ff',
    '%',
  ]

  test('in the place of any parameter of any route', async () => {
    const cookie = await server.signIn()
    const routes = server.routes.filter(({ url }) => /[:*]/.test(url))
    for (const { method, url } of routes) {
      for (const name of PATHS) {
        const answered = await server.inject({
          method: method as 'GET',
          url: url.replace(/:\w+|\*/g, name),
          headers: { cookie },
        })
        expect([method, url, name, answered.statusCode < 500]).toEqual([method, url, name, true])
        expect([method, url, name, /root:.*:0:0|"dependencies"/.test(answered.body)]).toEqual([
          method,
          url,
          name,
          false,
        ])
      }
    }
  })
})

test('a name in Content-Disposition begins no header of its own', async () => {
  const id = await workspaceId()
  const recordingId = 'x"; filename="evil.exe"\nset-cookie: a=b'
  const { call } = (
    await server.api('/api/admin/customer-service/calls', {
      json: { customerPhone: '+14155550188', direction: 'inbound' },
    })
  ).body as { call: { id: string } }
  await server.app.db.inWorkspace(id, tx =>
    tx.query(
      `insert into recordings (workspace_id, id, call_id, kind, provider, status, seconds, started_at, completed_at)
       values ($1, $2, $3, 'call', 'builtin', 'completed', 1, now(), now())`,
      [id, recordingId, call.id],
    ),
  )
  const file = recordingFile(dataDir, id, recordingId)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, '.')
  const { url } = await recordingLink(server.app, id, recordingId)
  const answered = await server.inject({ url: url.slice(new URL(url).origin.length) })
  expect(answered.statusCode).toBe(200)
  expect(answered.headers['set-cookie']).toBeUndefined()
  expect(answered.headers['content-disposition']).toMatch(/^attachment; filename="[\w.-]+"$/)
})

test('a text in the log of the program is one line of JSON, whatever stands in it', () => {
  const text = 'x\n{"level":60,"msg":"forged"}\r\n\u001b[31mred\u0000 " } \u2028'
  const { stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `import { createLog } from './server/platform/log.ts'
       const text = ${JSON.stringify(text)}
       createLog('info').warn({ err: new Error(text), name: text }, text)`,
    ],
    { cwd: new URL('..', import.meta.url), encoding: 'utf8' },
  )
  const lines = stderr.split('\n').filter(line => line.startsWith('{'))
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ msg: text, name: text, err: { message: text } })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
  expect(lines[0]).not.toMatch(/[\u0000-\u001f]/)
})
