import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Softphone } from './softphone.ts'

/**
 * The other side of a softphone, for the story below: a center with one person's softphones, in the words of the
 * implementation that is tried.
 */
export interface Center {
  /** A page of this person is opened. */
  open(): Softphone
  /** The page is reloaded: nobody says goodbye, and the same tab opens another. */
  reload(page: Softphone): Softphone
  /** The network between page and center breaks for a moment; audio as well. */
  interrupt(page: Softphone): void
  /** This person becomes part of a call. */
  giveLeg(callId: string): void
  endLeg(callId: string): void
  /** What the page says on this call can be heard: it is connected and its microphone is not muted. */
  hears(callId: string): boolean
  digits(callId: string): string
  hungUp(callId: string): boolean
  /** Microphones that pages hold open. */
  openMicrophones(): number
  /** The next question for a microphone is answered with no. */
  refuseMicrophone(): void
  close(): void
}

/** What every softphone must do, whoever carries its audio. */
export function softphoneConformance(name: string, start: () => Center): void {
  describe(`the softphone ${name}`, () => {
    let center: Center
    const pages: Softphone[] = []
    beforeEach(() => {
      center = start()
    })
    afterEach(() => {
      for (const page of pages.splice(0)) page.stop()
      center.close()
    })
    const note = (page: Softphone): Softphone => {
      pages.push(page)
      return page
    }
    const open = () => note(center.open())
    const reload = (page: Softphone) => note(center.reload(page))
    const until = (condition: () => unknown) => expect.poll(condition, { timeout: 5000, interval: 5 }).toBeTruthy()
    const legOf = (page: Softphone, callId: string) => page.state.legs.find(leg => leg.callId === callId)
    const connected = (page: Softphone, callId: string) => until(() => legOf(page, callId)?.connection === 'connected')

    test('registers, gets a leg, and speaks', async () => {
      const page = open()
      expect(page.state).toMatchObject({ registered: false, first: false, legs: [] })
      await until(() => page.state.registered && page.state.first)
      center.giveLeg('one')
      await connected(page, 'one')
      await until(() => center.hears('one'))
      expect(legOf(page, 'one')).toMatchObject({ callId: 'one', as: 'agent', muted: false })
      expect(legOf(page, 'one')!.via).not.toBeNull()
    })

    test('its state is a new object when something has changed, and the same one until then', async () => {
      const page = open()
      let told = 0
      const stop = page.subscribe(() => told++)
      const before = page.state
      expect(page.state).toBe(before)
      await until(() => page.state.registered)
      expect(page.state).not.toBe(before)
      expect(told).toBeGreaterThan(0)
      stop()
    })

    test('mutes, and stays muted through a break and a reload', async () => {
      let page = open()
      center.giveLeg('one')
      await until(() => page.state.registered && center.hears('one'))
      page.mute(legOf(page, 'one')!.leg, true)
      expect(legOf(page, 'one')!.muted).toBe(true)
      await until(() => !center.hears('one'))
      center.interrupt(page)
      await connected(page, 'one')
      expect(center.hears('one')).toBe(false)
      page = reload(page)
      await connected(page, 'one')
      expect(legOf(page, 'one')!.muted).toBe(true)
      expect(center.hears('one')).toBe(false)
      page.mute(legOf(page, 'one')!.leg, false)
      await until(() => center.hears('one'))
    })

    test('sends keys, and hangs up', async () => {
      const page = open()
      center.giveLeg('one')
      await connected(page, 'one')
      const { leg } = legOf(page, 'one')!
      page.digits(leg, '1')
      page.digits(leg, '2#')
      await until(() => center.digits('one') === '12#')
      page.hangUp(leg)
      expect(page.state.legs).toEqual([])
      await until(() => center.hungUp('one'))
      await until(() => center.openMicrophones() === 0)
    })

    test('is back after a break, and after a reload', async () => {
      let page = open()
      center.giveLeg('one')
      await until(() => page.state.registered && center.hears('one'))
      center.interrupt(page)
      await until(() => !page.state.registered && !page.state.first)
      await until(() => page.state.registered && center.hears('one'))
      page = reload(page)
      await connected(page, 'one')
      await until(() => center.hears('one'))
    })

    test('of two pages exactly one is the first, whichever asked last', async () => {
      const [a, b] = [open(), open()]
      await until(() => a.state.registered && b.state.registered && Number(a.state.first) + Number(b.state.first) === 1)
      a.beFirst()
      await until(() => a.state.first && !b.state.first)
      b.beFirst()
      await until(() => b.state.first && !a.state.first)
      b.stop()
      await until(() => a.state.first)
    })

    test('several calls at once, of which one ends', async () => {
      const page = open()
      center.giveLeg('one')
      center.giveLeg('two')
      await connected(page, 'one')
      await connected(page, 'two')
      page.mute(legOf(page, 'one')!.leg, true)
      await until(() => !center.hears('one') && center.hears('two'))
      center.endLeg('one')
      await until(() => page.state.legs.length === 1)
      expect(center.hears('two')).toBe(true)
      center.endLeg('two')
      await until(() => page.state.legs.length === 0)
      await until(() => center.openMicrophones() === 0)
    })

    test('without a microphone it still hears, says why nobody hears it, and speaks when it may', async () => {
      const page = open()
      await until(() => page.state.registered)
      center.refuseMicrophone()
      expect(await page.askForMicrophone()).toBe('refused')
      expect(page.state.microphone).toBe('refused')
      expect(await page.askForMicrophone()).toBeNull()
      expect(page.state.microphone).toBeNull()
      center.refuseMicrophone()
      center.giveLeg('one')
      await connected(page, 'one')
      await until(() => page.state.microphone === 'refused')
      expect(center.hears('one')).toBe(false)
      expect(await page.askForMicrophone()).toBeNull()
      await until(() => center.hears('one'))
    })

    test('what is not there is ignored', async () => {
      const page = open()
      await until(() => page.state.registered)
      page.mute('nobody', true)
      page.digits('nobody', '1')
      page.hangUp('nobody')
      expect(page.state.legs).toEqual([])
    })
  })
}
