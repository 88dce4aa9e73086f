import { expect, test } from 'vitest'
import { createRollCall } from './rollCall.ts'

/** A database that processes share, as far as they talk over it. */
function share() {
  const listeners: ((payload: string) => void)[] = []
  return {
    shared: true,
    async listen(_channel: string, onMessage: (payload: string) => void) {
      listeners.push(onMessage)
    },
    async notify(_channel: string, payloads: string[]) {
      for (const payload of payloads) {
        expect(Buffer.byteLength(payload)).toBeLessThan(8000)
        for (const listener of listeners) setTimeout(listener, 1, payload)
      }
    },
  }
}

test('who is alone carries all there is', async () => {
  const rollCall = await createRollCall({ ...share(), shared: false }, () => [])
  expect(await rollCall.carriedElsewhere()).toEqual(new Set())
})

test('the others say what they carry, however much it is', async () => {
  const db = share()
  const rooms = Array.from({ length: 1000 }, (_, index) => `0198a000-0000-4000-8000-${String(index).padStart(12, '0')}`)
  await createRollCall(db, () => rooms.slice(0, 999))
  await createRollCall(db, () => rooms.slice(999))
  const rollCall = await createRollCall(db, () => ['mine'], 50)
  expect(await rollCall.carriedElsewhere()).toEqual(new Set(rooms))
})

test('of several that begin at the same time one takes up what nobody carries', async () => {
  const db = share()
  const begin = async (waitMs: number) => {
    const rollCall = await createRollCall(db, () => [], 100)
    await new Promise(resolve => setTimeout(resolve, waitMs))
    return rollCall.carriedElsewhere()
  }
  const found = await Promise.all([begin(0), begin(20), begin(40)])
  expect(found.filter(each => each !== null)).toHaveLength(1)
})
