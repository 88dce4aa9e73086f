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

  test('what became of the call is told also when it comes after the end', async () => {
    ready()
    await phone.call(DETAILS)
    give('a')
    server().says({ type: 'ended', leg: 'a', reason: 'hung-up' })
    const over = { ...LINE, phase: 'over' as const, outcome: 'callback' }
    server().says({ type: 'line', leg: 'b', line: { ...over, outcome: 'voicemail' } })
    server().says({ type: 'line', leg: 'a', line: over })
    expect(phone.state).toMatchObject({ stage: 'idle', line: null, ending: { outcome: 'callback' } })
    await phone.call(DETAILS)
    server().says({ type: 'line', leg: 'a', line: over })
    expect(phone.state).toMatchObject({ stage: 'dialling', ending: null })
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

describe('a telephone that can be called', () => {
  const reachable = () => server().told.flatMap(message => (message.type === 'reachable' ? [message.ticket] : []))
  const rings = (ring = 'r') => server().says({ type: 'incoming', ring, from: '+12025550100', name: 'Meridian' })
  const over = (ring = 'r') => server().says({ type: 'incomingOver', ring })
  const last = () => server().told.at(-1)

  test('says so once it has given a number, on every connection and after a reload', async () => {
    ready()
    await phone.call({ ...DETAILS, from: '+14155550190' })
    give('a')
    expect(reachable()).toEqual(['ticket-a'])
    server().says({ type: 'ended', leg: 'a', reason: 'hung-up' })
    phone.voice.close()
    phone = createPhone()
    ready()
    expect(reachable()).toEqual(['ticket-a'])
    server().breaks()
    vi.advanceTimersByTime(1000)
    ready()
    expect(reachable()).toEqual(['ticket-a'])
  })

  test('says nothing of the kind where no number was given', async () => {
    ready()
    await phone.call(DETAILS)
    give('a')
    expect(reachable()).toEqual([])
  })

  test('rings, answers with a microphone, and is connected', async () => {
    ready()
    rings()
    expect(phone.state).toMatchObject({ stage: 'ringing', incoming: { ring: 'r', name: 'Meridian' } })
    const answering = phone.answer()
    expect(phone.state.stage).toBe('asking')
    await answering
    expect(last()).toEqual({ type: 'answer', ring: 'r' })
    give('r')
    expect(phone.state).toMatchObject({ stage: 'calling', incoming: null, leg: { leg: 'r' } })
    expect(reachable()).toEqual([])
  })

  test('declines, and tells again how its own call had ended', async () => {
    ready()
    await phone.call(DETAILS)
    give('a')
    server().says({ type: 'line', leg: 'a', line: { ...LINE, phase: 'over', outcome: 'callback' } })
    server().says({ type: 'ended', leg: 'a', reason: 'hung-up' })
    const { ending } = phone.state
    rings()
    phone.hangUp()
    expect(last()).toEqual({ type: 'decline', ring: 'r' })
    expect(phone.state).toMatchObject({ stage: 'idle', incoming: null, ending })
    over()
    rings()
    over()
    expect(phone.state).toMatchObject({ stage: 'idle', incoming: null, ending })
  })

  test('cannot answer without a microphone, and says so to both', async () => {
    ready()
    computer.refuse = 'NotAllowedError'
    rings()
    await phone.answer()
    expect(last()).toEqual({ type: 'decline', ring: 'r' })
    expect(phone.state).toMatchObject({ stage: 'idle', ending: { type: 'no-microphone' } })
  })

  test('that is too late with its answer rings no more, and lets go of the microphone', async () => {
    ready()
    rings()
    await phone.answer()
    over()
    expect(phone.state).toMatchObject({ stage: 'idle', incoming: null })
    expect(computer.opened.every(({ readyState }) => readyState === 'ended')).toBe(true)
  })

  test('that thinks better of its answer hangs up what comes of it, and nothing else', async () => {
    ready()
    rings()
    await phone.answer()
    phone.hangUp()
    await phone.call(DETAILS)
    give('r')
    expect([hungUp(), phone.state.stage]).toEqual([['r'], 'dialling'])
    give('a')
    expect([hungUp(), phone.state.stage]).toEqual([['r'], 'calling'])
  })

  test('is on a call: what rings is declined', async () => {
    ready()
    await phone.call(DETAILS)
    rings()
    expect(last()).toEqual({ type: 'decline', ring: 'r' })
    expect(phone.state.stage).toBe('dialling')
  })

  test('an answer that a broken connection has swallowed is given again', async () => {
    ready()
    rings()
    await phone.answer()
    server().breaks()
    vi.advanceTimersByTime(1000)
    ready()
    expect(server().typesTold()).toEqual(['answer'])
  })

  test('what had rung before a break rings on only if it is told again', () => {
    ready()
    rings()
    server().breaks()
    vi.advanceTimersByTime(1000)
    ready()
    expect(phone.state.stage).toBe('idle')
    rings()
    expect(phone.state.stage).toBe('ringing')
  })
})
