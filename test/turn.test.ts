import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath } from './support/browser.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { dial, visit } from './support/talking.ts'
import { openTalkingBrowser } from './support/tones.ts'

const coturn = ['/usr/bin/turnserver', '/usr/local/bin/turnserver'].find(file => fs.existsSync(file))
const SECRET = 'a-secret-of-the-relay'
const lack = chromiumPath === null ? 'no Chromium found' : coturn === undefined ? 'no TURN server found' : null
const named = lack === null ? 'through a relay' : `through a relay (skipped: ${lack})`

describe.skipIf(lack !== null)(named, () => {
  let server: TestServer
  let browser: Browser
  let stopRelay = async () => {}
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-turn-'))

  beforeAll(async () => {
    const port = 30_000 + Math.floor(Math.random() * 10_000)
    const relay = spawn(
      coturn!,
      [
        ['-n', '--no-cli', '--no-tls', '--no-dtls', '--no-tcp', '--allow-loopback-peers', '--pidfile', `${folder}/pid`],
        ['--listening-ip=127.0.0.1', `--listening-port=${port}`, '--relay-ip=127.0.0.1', '--realm=ringside'],
        ['--use-auth-secret', `--static-auth-secret=${SECRET}`, '--userdb', `${folder}/users`, '--log-file=stdout'],
      ].flat(),
      { stdio: 'ignore' },
    )
    stopRelay = async () => {
      relay.kill()
      if (relay.exitCode === null) await once(relay, 'exit')
    }
    server = await startTestServer({
      DATA_DIR: folder,
      VOICE_PROCESSES: '1',
      TURN_URLS: `turn:127.0.0.1:${port}?transport=udp`,
      TURN_SECRET: SECRET,
    })
    browser = await openTalkingBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await stopRelay()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  test('a page that reaches nothing else hears the menu', async () => {
    const phone = await visit(browser, server, {
      voice: 'customer',
      path: '/phone',
      as: null,
      init: async page => {
        await page.addInitScript(() => {
          const Original = RTCPeerConnection
          const connections: RTCPeerConnection[] = []
          window.RTCPeerConnection = class Relayed extends Original {
            constructor(options?: RTCConfiguration) {
              super({ ...options, iceTransportPolicy: 'relay' })
              connections.push(this)
            }
          }
          Object.assign(window, { connections })
        })
      },
    })
    await dial(phone, '1')
    const ways = await phone.evaluate(async () => {
      const { connections } = window as unknown as { connections: RTCPeerConnection[] }
      const stats = [...(await connections.at(-1)!.getStats()).values()]
      const pair = stats.find(one => one.type === 'candidate-pair' && one.nominated)
      return stats.find(one => one.id === pair?.localCandidateId)?.candidateType
    })
    expect(ways).toBe('relay')
  })
})
