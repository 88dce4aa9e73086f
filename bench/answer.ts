import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { chromiumPath } from '../test/support/browser.ts'
import { startTestServer } from '../test/support/server.ts'
import { dial, visit } from '../test/support/talking.ts'
import { openTalkingBrowser, soundsAt, TONES } from '../test/support/tones.ts'
import { ms, quantile, table } from './support.ts'

const TIMES = Number(process.env.ANSWER_TIMES ?? 20)

/**
 * From the agent's key to the agent's voice in the customer's ear: two pages of one browser, the server and its media
 * process on this machine. The agent's voice begins with its microphone, which is asked for when it answers.
 */
export async function benchAnswer(): Promise<void> {
  if (chromiumPath === null) {
    console.log('not measured: there is no Chromium')
    return
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-answer-'))
  const server = await startTestServer({ DATA_DIR: folder, VOICE_PROCESSES: '1' })
  const browser = await openTalkingBrowser()
  const answered: number[] = []
  try {
    const desk = await visit(browser, server, { voice: 'agent', path: '/desk' })
    await desk.getByRole('button', { name: 'Available', exact: true }).click()
    const phone = await visit(browser, server, { voice: 'customer', path: '/phone', as: null })
    for (let time = 0; time < TIMES; time++) {
      if (time > 0) await phone.getByRole('button', { name: 'Call again' }).waitFor()
      await dial(phone, '1', time === 0 ? 'Call' : 'Call again')
      await desk.getByRole('article', { name: 'Call for you' }).waitFor()
      const heard = soundsAt(phone, TONES.agent)
      // So that what is measured is not how fast the page learns to listen.
      await phone.waitForTimeout(500)
      const at = Date.now()
      await desk.keyboard.press('Enter')
      answered.push((await heard) - at)
      await desk.getByRole('button', { name: 'Hang up' }).click()
    }
  } finally {
    await browser.close()
    await server.close()
    fs.rmSync(folder, { recursive: true, force: true })
  }
  table([
    ['key → heard, ms', 'p50', 'p95', 'max'],
    [`${TIMES} answers`, ms(quantile(answered, 0.5)), ms(quantile(answered, 0.95)), ms(Math.max(...answered))],
  ])
}
