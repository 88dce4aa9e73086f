import { expect, test } from 'vitest'
import { en } from '../text/en.ts'
import { es } from '../text/es.ts'
import { isChangedByCenter, PRESENCE_KEYS, presenceInWords } from './presence.ts'

test('what a presence means is said in one sentence', () => {
  expect(presenceInWords({ status: 'available', reason: null }, en)).toBe('Calls are offered to you.')
  expect(presenceInWords({ status: 'break', reason: 'Lunch' }, en)).toBe('You are on a break: Lunch.')
  expect(presenceInWords({ status: 'break', reason: null }, es)).toBe('Estás en una pausa.')
})

test('what the center itself has changed says why, and what to do', () => {
  const missed = { status: 'busy' as const, reason: 'missed' }
  expect(presenceInWords(missed, en)).toBe(
    'You missed a call, so callers go to others. Choose Available when you are back.',
  )
  for (const reason of ['missed', 'unreachable', 'connection-lost']) {
    expect(isChangedByCenter({ reason }, en)).toBe(true)
    expect(isChangedByCenter({ reason }, es)).toBe(true)
  }
  expect(isChangedByCenter({ reason: 'Lunch' }, en)).toBe(false)
  expect(isChangedByCenter({ reason: null }, en)).toBe(false)
})

test('each has a key of its own that means nothing else', () => {
  expect(new Set([...Object.values(PRESENCE_KEYS), 't', 'd', 'n', '/', '?']).size).toBe(9)
})
