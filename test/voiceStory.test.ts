import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { barriers, chromiumPath } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { visit } from './support/talking.ts'
import { heardOn, openTalkingBrowser, untilHeard } from './support/tones.ts'

const named = chromiumPath === null ? 'the whole story (skipped: no Chromium found)' : 'the whole story'

describe.skipIf(chromiumPath === null)(named, () => {
  let server: TestServer
  let browser: Browser
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-story-'))
  beforeAll(async () => {
    server = await startTestServer({ DATA_DIR: folder, VOICE_PROCESSES: '1' })
    browser = await openTalkingBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  test('a customer hears the menu, presses 1, waits with music, speaks with an agent who answers by one key; the recording plays', {
    timeout: 60_000,
  }, async () => {
    const [phone, desk] = await Promise.all([
      visit(browser, server, { voice: 'customer', path: '/phone', as: null }),
      visit(browser, server, { voice: 'agent', path: '/desk' }),
    ])
    await phone.getByRole('button', { name: 'Call', exact: true }).click()
    await phone.getByText('Listen, and press a key.').waitFor()
    await untilHeard(phone, ['sound'])
    await phone.getByRole('button', { name: '1', exact: true }).click()
    await phone.getByText(/You are next in line/).waitFor({ timeout: 10_000 })
    // The announcement, then music: something is heard all the time.
    await phone.waitForTimeout(4000)
    expect(await heardOn(phone, 300)).toEqual(['sound'])

    await desk.getByRole('button', { name: 'Available', exact: true }).click()
    await desk.getByRole('article', { name: 'Call for you' }).waitFor()
    const answeredAt = performance.now()
    await desk.keyboard.press('Enter')
    await untilHeard(phone, ['agent'])
    console.log(`answer → heard: ${Math.round(performance.now() - answeredAt)} ms, measured every 250 ms`)
    await untilHeard(desk, ['customer'])
    await phone.getByText(/Talking with/).waitFor()
    expect(await barriers(desk)).toEqual([])
    await desk.waitForTimeout(3000)
    await desk.getByRole('button', { name: 'Hang up' }).click()
    await phone.getByText('The call has ended.').waitFor()

    await desk.goto('/calls')
    await desk.getByRole('row').nth(1).getByRole('link').first().click()
    const recording = desk.getByRole('region', { name: /Recording/ })
    await recording.getByRole('button', { name: 'Play' }).waitFor({ timeout: 10_000 })
    expect(await barriers(desk)).toEqual([])
    await recording.getByRole('button', { name: 'Play' }).click()
    await untilHeardInFile()
    expect(desk.problems).toEqual([])
    expect(phone.problems).toEqual([])

    /** It plays: time passes, and there is sound in it. */
    async function untilHeardInFile(): Promise<void> {
      await expect
        .poll(() => desk.evaluate(() => [...document.querySelectorAll('audio')].some(audio => audio.currentTime > 0.5)))
        .toBe(true)
    }
  })
})
