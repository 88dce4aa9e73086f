import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FlowDetails, Queue } from '../client/contract.ts'
import { barriers, chromiumPath, openBrowser, openPage } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
const WIDE = { viewport: { width: 1360, height: 860 } }
const BEN = { email: 'ben@example.com', password: 'correct horse battery' }
const EVA = { email: 'eva@example.com', password: 'correct horse battery' }

const named = chromiumPath === null ? 'in a browser (skipped: no Chromium found)' : 'in a browser'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    server = await startTestServer()
    browser = await openBrowser()
    const made = await Promise.all([
      server.api('/api/users', { json: { ...BEN, name: 'Ben Whitaker', role: 'agent', queues: ['support'] } }),
      server.api('/api/users', { json: { ...EVA, name: 'Eva', role: 'admin' } }),
      server.api('/api/hours', { json: { name: 'Office', timeZone: 'America/New_York' } }),
    ])
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201])
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  /** A page on which what does not come is missed soon, and named. */
  async function open(options: Parameters<typeof openPage>[2] = WIDE): ReturnType<typeof openPage> {
    const page = await openPage(browser, server, options)
    page.setDefaultTimeout(8000)
    return page
  }
  const saved = (page: Page) => page.getByText('Not saved yet').waitFor({ state: 'detached' })
  const queues = async () => ((await server.api('/api/queues')).body as { items: Queue[] }).items
  /** As somebody without a mouse chooses: by typing what the option begins with. */
  async function choose(page: Page, label: string, option: string): Promise<void> {
    await page.getByLabel(label, { exact: true }).focus()
    await page.keyboard.type(option)
  }
  async function add(page: Page, label: string, option: string): Promise<void> {
    await choose(page, label, option)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
  }

  test('a queue is created, and its agents are put in order by keyboard', async () => {
    const page = await open()
    await page.goto('/queues')
    await page.getByRole('button', { name: 'New queue' }).click()
    await page.getByLabel('Name for people').fill('Returns & Refunds')
    expect(await page.getByLabel('Short name').inputValue()).toBe('returns-refunds')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Returns & Refunds' }).waitFor()

    await add(page, 'Add an agent', 'Admin')
    await add(page, 'Add an agent', 'Ben')
    await page.getByRole('button', { name: 'Move Ben Whitaker up' }).focus()
    await page.keyboard.press('Enter')
    // It is the first now: there is no way further up, and the focus has not been lost.
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Move Ben Whitaker down')
    await page.getByRole('radio', { name: /^In order/ }).check()
    await page.getByLabel('Longest wait').fill('soon')
    await page.getByText('Such as 90 s, 1:30 or 2 min.').waitFor()
    await page.getByLabel('Longest wait').fill('1:30')
    await page.keyboard.press('Enter')
    await saved(page)
    await page.keyboard.press('Tab')
    expect(await page.getByLabel('Longest wait').inputValue()).toBe('1 min 30 s')

    const queue = (await queues()).find(({ name }) => name === 'returns-refunds')!
    expect(queue.agents.map(({ name }) => name)).toEqual(['Ben Whitaker', 'Admin'])
    expect(queue).toMatchObject({ strategy: 'in-order', maxWaitSeconds: 90 })
    expect(page.problems).toEqual([])
  })

  test('a queue that is in use stays, and it is said what uses it', async () => {
    const page = await open()
    const { id } = (await queues()).find(({ name }) => name === 'support')!
    await page.goto(`/queues/${id}`)
    await page.getByRole('button', { name: 'Delete queue' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete queue' }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
    expect((await queues()).map(queue => queue.id)).toContain(id)
  })

  test('who may not change queues reads them', async () => {
    const page = await open({ ...WIDE, as: BEN })
    const { id } = (await queues()).find(({ name }) => name === 'support')!
    await page.goto(`/queues/${id}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.getByLabel('Longest wait').isDisabled()).toBe(true)
    await page.getByText('An admin can change it.').waitFor()
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0)
  })

  test('hours are typed as lines, and copied to the weekdays', async () => {
    const page = await open()
    await page.goto('/hours')
    await page.getByLabel('Monday').fill('8-12, 13:30-18')
    await page.getByRole('button', { name: 'Copy Monday to weekdays' }).click()
    await page.getByLabel('Saturday').fill('late')
    await page.getByText('Such as 09:00–12:00, 13:00–17:00.').waitFor()
    await page.getByLabel('Saturday').fill('')
    await page.getByRole('button', { name: 'Add an exception' }).click()
    await page.getByLabel('What for').fill('New Year')
    await page.getByLabel('First day').fill('2027-01-01')
    await page.getByLabel('Last day').fill('2027-01-01')
    await page.getByLabel('Every year').check()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await saved(page)
    expect(await page.getByLabel('Friday').inputValue()).toBe('08:00–12:00, 13:30–18:00')
    await page
      .getByText(/^(Opens|Closes) /)
      .first()
      .waitFor()
    expect(page.problems).toEqual([])
  })

  test('a flow is drawn by keyboard, put right, tested, published and brought back', async () => {
    const page = await open()
    await page.goto('/flows')
    await page.getByRole('button', { name: 'New flow' }).click()
    await page.keyboard.type('Spring sale')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Spring sale' }).waitFor()
    const steps = page.getByRole('list', { name: 'Steps' })
    const step = (name: string | RegExp) => steps.getByRole('button', { name })

    await add(page, 'Add a step', 'Menu')
    await page.getByLabel('Name of the step').fill('Choice')
    await page.getByLabel('Question, American English').fill('Press 1 for the sale, 2 for anything else.')
    // Two ways with the same key: one of them nobody can ever take.
    await page.getByLabel('Choice 2: keys').fill('1')
    await page.getByLabel('Key 1 leads to').first().selectOption('node:end')
    await choose(page, 'Anything else leads to', 'Queue')
    await step(/^Say/).focus()
    await page.keyboard.press('Enter')
    await choose(page, 'Then leads to', 'Choice')
    await page.keyboard.press('Control+s')
    await saved(page)

    await page.getByRole('tab', { name: /Problems/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Problems' }).getByRole('button', { name: 'Choice' }).first().focus()
    await page.keyboard.press('Enter')
    await page.getByLabel('Choice 2: keys').fill('2')
    await choose(page, 'Key 2 leads to', 'Queue')
    await page.keyboard.press('Control+s')
    await saved(page)
    expect(await step('Choice').getByText(/error/).count()).toBe(0)
    expect(await barriers(page)).toEqual([])

    await page.getByRole('tab', { name: /Tests/ }).click()
    await page.getByRole('button', { name: 'Walk through' }).click()
    await page.getByRole('list', { name: 'What was said' }).getByText('Press 1 for the sale').waitFor()
    await page.getByLabel('Keys or words').fill('1')
    await page.keyboard.press('Enter')
    await page.getByText('Now at: Queue (end)').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByLabel('Name of the test').fill('The sale')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Run the tests' }).click()
    await page.getByText('1 of 1 passed').waitFor()

    await page.getByRole('tab', { name: 'Publish' }).click()
    await page.getByLabel('Note').fill('For the spring')
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByText('Version 1 is in force.').waitFor()

    await page.getByRole('tab', { name: 'Outline' }).click()
    await step(/^Say/).click()
    await page.getByLabel('Text, American English').fill('Hello, and welcome to the sale.')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await saved(page)
    await page.getByRole('tab', { name: 'Publish' }).click()
    await page
      .getByRole('listitem')
      .getByText(/welcome to the sale/)
      .waitFor()
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByText('Version 2 is in force.').waitFor()
    await page.getByRole('button', { name: 'Bring back version 1' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Bring back' }).click()
    await page.getByText('Version 3 is in force.').waitFor()
    expect(page.problems).toEqual([])
  })

  test('a test that fails keeps the flow from being published, and says why', async () => {
    const made = await server.api('/api/flows', {
      json: { name: 'Autumn sale', tests: [{ name: 'Ends', inputs: [], expect: { endsIn: { type: 'hangUp' } } }] },
    })
    const { flow } = made.body as { flow: FlowDetails }
    const page = await open()
    await page.goto(`/flows/${flow.id}`)
    await page.getByRole('tab', { name: 'Publish' }).click()
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await page.getByRole('tab', { name: /Tests/ }).click()
    await page.getByRole('button', { name: 'Run the tests' }).click()
    await page.getByText('0 of 1 passed').waitFor()
  })

  test('two people who change the same flow lose nothing without knowing', async () => {
    const made = await server.api('/api/flows', { json: { name: 'Winter sale' } })
    const { flow } = made.body as { flow: FlowDetails }
    const page = await open()
    await page.goto(`/flows/${flow.id}`)
    await add(page, 'Add a step', 'Hang')
    const theirs = { ...flow.draft, nodes: { ...flow.draft.nodes, theirs: { type: 'hangUp', label: 'Theirs' } } }
    await server.api(`/api/flows/${flow.id}`, { method: 'PATCH', json: { definition: theirs } })
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('Somebody else has saved this flow').waitFor()
    const steps = page.getByRole('list', { name: 'Steps' })
    await steps.getByRole('button', { name: 'Hang up (hangUp)' }).waitFor()
    await page.getByRole('button', { name: 'Take theirs' }).click()
    await steps.getByRole('button', { name: 'Theirs' }).waitFor()
    expect(await steps.getByRole('button', { name: 'Hang up (hangUp)' }).count()).toBe(0)
    await page.getByText('Somebody else has saved this flow').waitFor({ state: 'detached' })
  })

  test('the routing is played beside Erlang’s formulas, and the question stands in the address', async () => {
    const page = await open()
    await page.goto('/reports?calls=120&talk=180&agents=8&patience=120')
    const row = page.getByRole('row', { name: /Answered within 20 s/ }).first()
    const cells = () => row.getByRole('cell').allInnerTexts()
    await row.waitFor()
    await expect.poll(async () => (await cells())[0], { timeout: 15_000 }).toMatch(/^8\d\.\d%\s+8\d\.\d% to 8\d\.\d%$/)
    expect((await cells()).slice(1)).toEqual(['71.4%', '83.8%'])
    await page.getByLabel('Agents', { exact: true }).fill('9')
    await expect.poll(() => new URL(page.url()).searchParams.get('agents')).toBe('9')
    await page.getByRole('heading', { name: 'With 9 agents' }).waitFor()
    expect(page.problems).toEqual([])
  })

  test('every page is free of barriers, in both languages, wide and on a telephone', async () => {
    const { items } = (await server.api('/api/flows')).body as { items: { id: string }[] }
    const [queue] = await queues()
    const paths = [
      '/queues',
      `/queues/${queue!.id}`,
      '/hours',
      '/flows',
      `/flows/${items[0]!.id}`,
      '/reports',
      '/settings/dialling',
    ]
    const looks = [
      { colorScheme: 'light', ...WIDE },
      { colorScheme: 'dark', ...PHONE, as: EVA },
    ] as const
    for (const look of looks) {
      const page = await open(look)
      if ('as' in look) await page.context().request.patch('/api/me', { data: { locale: 'es' } })
      for (const path of paths) {
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await expect.poll(() => page.getByText(/Loading…|Cargando…/).count()).toBe(0)
        expect(await page.getAttribute('html', 'lang')).toBe('as' in look ? 'es' : 'en')
        expect(await barriers(page), `${path} ${look.colorScheme}`).toEqual([])
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect(overflow, `${path} is not wider than the screen`).toBe(0)
      }
      expect(page.problems).toEqual([])
    }
  })
})
