import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createMicrophone, type Microphone } from './microphone.ts'
import { type FakeComputer, fakeComputer } from './testing.ts'

let computer: FakeComputer
let microphone: Microphone
let told: number

beforeEach(() => {
  computer = fakeComputer()
  told = 0
  microphone = createMicrophone(null, () => told++)
})
afterEach(() => vi.unstubAllGlobals())

describe('a microphone', () => {
  test('is asked for once, however many want it', async () => {
    await Promise.all([microphone.open(), microphone.open()])
    await microphone.open()
    expect(computer.opened).toHaveLength(1)
    expect(microphone.track).toBe(computer.opened[0])
  })

  test.each([
    ['NotAllowedError', 'refused'],
    ['NotFoundError', 'none-found'],
    ['NotReadableError', 'in-use'],
    ['TypeError', 'unsupported'],
  ] as const)('%s means %s', async (error, problem) => {
    computer.refuse = error
    expect(await microphone.open()).toBe(problem)
    expect(microphone).toMatchObject({ problem, track: null })
    expect(await microphone.open()).toBeNull()
    expect(microphone.problem).toBeNull()
  })

  test('is not asked for where it cannot be had', async () => {
    vi.stubGlobal('isSecureContext', false)
    expect(await microphone.open()).toBe('insecure-context')
    vi.stubGlobal('isSecureContext', true)
    vi.stubGlobal('RTCPeerConnection', undefined)
    expect(await microphone.open()).toBe('unsupported')
    expect(computer.opened).toEqual([])
  })

  test('pulled out, another one takes its place', async () => {
    await microphone.open()
    computer.opened[0]!.onended!()
    await expect.poll(() => microphone.track).toBe(computer.opened[1])
  })

  test('the last one pulled out and another plugged in', async () => {
    await microphone.open()
    computer.refuse = 'NotFoundError'
    computer.opened[0]!.onended!()
    await expect.poll(() => microphone.problem).toBe('none-found')
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
    await expect.poll(() => microphone).toMatchObject({ problem: null, track: computer.opened[1] })
  })

  test('another one is chosen: the old one is let go only when the new one is there', async () => {
    await microphone.open()
    await microphone.choose('headset')
    expect(microphone.track).toBe(computer.opened[1])
    expect(computer.opened.map(({ readyState }) => readyState)).toEqual(['ended', 'live'])
  })

  test('closed while the browser was asking, it stays closed', async () => {
    const opening = microphone.open()
    microphone.close()
    await opening
    expect(microphone.track).toBeNull()
    expect(computer.opened[0]!.readyState).toBe('ended')
  })

  test('allowed in the settings of the browser, it opens by itself', async () => {
    const permission = Object.assign(new EventTarget(), { state: 'denied', onchange: null as (() => void) | null })
    Object.assign(navigator, { permissions: { query: async () => permission } })
    computer.refuse = 'NotAllowedError'
    await microphone.open()
    await expect.poll(() => permission.onchange).not.toBeNull()
    permission.state = 'granted'
    permission.onchange!()
    await expect.poll(() => microphone).toMatchObject({ problem: null, track: computer.opened[0] })
  })
})
