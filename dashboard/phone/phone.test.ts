import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LineState } from '../../client/voice/protocol.ts'
import { type FakeComputer, FakeSocket, fakeComputer } from '../../client/voice/testing.ts'
import { type CallDetails, createPhone, type Phone } from './phone.ts'

const DETAILS: CallDetails = { to: '+12025550100', from: null, name: null, language: 'en' }
const LINE: LineState = {
  phase: 'menu',
  queue: null,
  agent: null,
  position: null,
  waitSeconds: null,
  canBeCalledBack: false,
  outcome: null,
}

let computer: FakeComputer
let phone: Phone

beforeEach(() => {
  vi.useFakeTimers()
  computer = fakeComputer()
  phone = createPhone()
})
afterEach(() => {
  phone.voice.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const server = () => FakeSocket.last
const ready = () => server().says({ type: 'ready', iceServers: [] })
const give = (leg: string) => server().says({ type: 'leg', leg, ticket: `ticket-${leg}`, callId: leg, as: 'caller' })
const calls = () => server().told.filter(({ type }) => type === 'call')
const hungUp = () => server().told.flatMap(message => (message.type === 'hangUp' ? [message.leg] : []))

describe('a customer’s telephone', () => {
  test('calls as soon as there is a microphone and a server', async () => {
    const calling = phone.call(DETAILS)
    expect(phone.state.stage).toBe('asking')
    await calling
    expect(phone.state.stage).toBe('dialling')
    ready()
    expect(server().told).toEqual([{ type: 'call', ...DETAILS }])
    give('a')
    expect(phone.state).toMatchObject({ stage: 'calling', leg: { leg: 'a', connection: 'connecting' } })
  })

  test('does not call without a microphone', async () => {
    ready()
    computer.refuse = 'NotAllowedError'
    await phone.call(DETAILS)
    expect(phone.state).toMatchObject({ stage: 'idle', ending: { type: 'no-microphone', problem: 'refused' } })
    expect(calls()).toEqual([])
  })

  test('hung up while the browser was asking, it does not call', async () => {
    ready()
    const calling = phone.call(DETAILS)
    phone.hangUp()
    await calling
    expect(phone.state.stage).toBe('idle')
    expect(calls()).toEqual([])
    expect(computer.opened.every(({ readyState }) => readyState === 'ended')).toBe(true)
  })

  test('what breaks before the server has answered is asked for again, once', async () => {
    ready()
    await phone.call(DETAILS)
    server().breaks()
    vi.advanceTimersByTime(1000)
    ready()
    expect(calls()).toHaveLength(1)
    give('a')
    server().breaks()
    vi.advanceTimersByTime(1000)
    ready()
    expect(calls()).toEqual([])
    expect(server().typesTold()).toEqual(['resume'])
  })

  test('a call that was given up before the server had taken it is hung up when it comes, the next one is not', async () => {
    ready()
    await phone.call(DETAILS)
    phone.hangUp()
    await phone.call(DETAILS)
    give('a')
    expect(hungUp()).toEqual(['a'])
    expect(phone.state.stage).toBe('dialling')
    give('b')
    server().says({ type: 'ended', leg: 'a', reason: 'hung-up' })
    expect(phone.state).toMatchObject({ stage: 'calling', leg: { leg: 'b' } })
    expect(hungUp()).toEqual(['a'])
  })

  test('what is said of the call before does not touch this one', async () => {
    ready()
    await phone.call(DETAILS)
    give('a')
    phone.hangUp()
    expect(phone.state.ending).toEqual({ type: 'left' })
    await phone.call(DETAILS)
    server().says({ type: 'line', leg: 'a', line: { ...LINE, phase: 'over', outcome: 'abandoned' } })
    server().says({ type: 'ended', leg: 'a', reason: 'hung-up' })
    expect(phone.state).toMatchObject({ stage: 'dialling', line: null })
  })

  test('the end is told with what became of the call', async () => {
    ready()
    await phone.call(DETAILS)
    give('a')
    server().says({ type: 'line', leg: 'a', line: { ...LINE, phase: 'over', outcome: 'voicemail' } })
    server().says({ type: 'ended', leg: 'a', reason: 'hung-up' })
    expect(phone.state.ending).toEqual({ type: 'ended', reason: 'hung-up', outcome: 'voicemail' })
  })

  test('the clock begins with the first word of an agent and goes on through hold and reloads', async () => {
    ready()
    await phone.call(DETAILS)
    give('a')
    const talk = (phase: LineState['phase']) => server().says({ type: 'line', leg: 'a', line: { ...LINE, phase } })
    talk('waiting')
    expect(phone.state.talkingSince).toBeNull()
    talk('talking')
    const since = phone.state.talkingSince
    vi.advanceTimersByTime(5000)
    talk('held')
    talk('talking')
    expect(phone.state.talkingSince).toBe(since)

    phone.voice.close()
    phone = createPhone()
    expect(phone.state.stage).toBe('returning')
    ready()
    give('a')
    talk('talking')
    expect(phone.state).toMatchObject({ stage: 'calling', talkingSince: since })
  })

  test.each(['after a reload', 'after a break'])('a call that the server has forgotten %s is over', async how => {
    ready()
    await phone.call(DETAILS)
    give('a')
    if (how === 'after a reload') {
      phone.voice.close()
      phone = createPhone()
    } else {
      server().breaks()
      vi.advanceTimersByTime(1000)
    }
    ready()
    server().says({ type: 'refused', leg: null, code: 'leg_gone', message: 'Gone.' })
    expect(phone.state).toMatchObject({
      stage: 'idle',
      leg: null,
      ending: { type: 'ended', reason: 'lost', outcome: null },
    })
  })

  test('keys go to the call there is', async () => {
    phone.digits('1')
    ready()
    await phone.call(DETAILS)
    give('a')
    phone.digits('2')
    expect(server().told.at(-1)).toEqual({ type: 'digits', leg: 'a', digits: '2' })
  })
})
