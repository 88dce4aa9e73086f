import { setTimeout as pause } from 'node:timers/promises'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { type Cause, CENTER } from '../../core/cause.ts'
import { createAlarm } from './alarm.ts'
import { actAs, currentCause, onBehalfOf, onOwnBehalf, traceRequests } from './cause.ts'
import { createLog } from './log.ts'

const by = (name: string): Cause => ({ actor: { kind: 'user', id: name, name }, origin: null })
const nameNow = () => currentCause().actor.name

test('what nobody asked for is the center’s own doing', () => {
  expect(currentCause()).toEqual(CENTER)
  actAs(by('Ann').actor, 'web')
  expect(currentCause()).toEqual(CENTER)
})

test('two that run at once keep what is each one’s own', async () => {
  const run = (name: string) =>
    onBehalfOf(by(name), async () => {
      const seen = [nameNow()]
      for (let n = 0; n < 5; n++) {
        await pause(Math.random() * 3)
        seen.push(nameNow())
      }
      return seen
    })
  const [ann, bob] = await Promise.all([run('Ann'), run('Bob')])
  expect(new Set(ann)).toEqual(new Set(['Ann']))
  expect(new Set(bob)).toEqual(new Set(['Bob']))
})

test('what is left running when a request has ended goes on as the center', async () => {
  let later: Promise<string> | undefined
  await onBehalfOf(by('Ann'), async () => {
    later = pause(5).then(nameNow)
  })
  expect(await later).toBe(CENTER.actor.name)

  const failed = onBehalfOf(by('Ann'), async () => {
    later = pause(5).then(nameNow)
    throw new Error('no')
  })
  await expect(failed).rejects.toThrow('no')
  expect(await later).toBe(CENTER.actor.name)
})

test('an alarm that a request has set wakes the center, also while that request still runs', async () => {
  let ring = (_name: string) => {}
  const woken = new Promise<string>(resolve => {
    ring = resolve
  })
  const alarm = createAlarm({
    log: createLog('silent'),
    ring: () => ring(nameNow()),
    overdue: async () => [],
    shared: false,
  })
  await onBehalfOf(by('Ann'), async () => {
    alarm.set('lane', Date.now() + 5)
    expect(onOwnBehalf(nameNow)).toBe(CENTER.actor.name)
    expect(await woken).toBe(CENTER.actor.name)
    expect(nameNow()).toBe('Ann')
  })
  alarm.stop()
})

test('a request is a visitor’s until it shows whose it is, and tells where it came from', async () => {
  const http = Fastify()
  traceRequests(http)
  http.get('/visitor', () => currentCause())
  http.get('/user', async () => {
    actAs(by('Ann').actor, 'web')
    await pause(1)
    return currentCause()
  })
  const ask = async (url: string, userAgent?: string) =>
    (
      await http.inject({ url, remoteAddress: '192.0.2.7', headers: userAgent ? { 'user-agent': userAgent } : {} })
    ).json()
  expect(await ask('/visitor', `Browser\t${'x'.repeat(5000)}`)).toEqual({
    actor: { kind: 'visitor', id: null, name: 'Visitor' },
    origin: { ip: '192.0.2.7', userAgent: `Browser ${'x'.repeat(192)}`, channel: 'public' },
  })
  expect(await ask('/user', 'Browser')).toEqual({
    ...by('Ann'),
    origin: { ip: '192.0.2.7', userAgent: 'Browser', channel: 'web' },
  })
  await http.close()
})
