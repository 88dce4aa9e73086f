import { expect, test } from 'vitest'
import { everyPhrase, phrase, positionPhrase, waitPhrase } from './phrase.ts'

test('is said in the caller’s language, and in English where that is not spoken here', () => {
  expect(phrase('key-voicemail', 'es-MX', { key: '1' })).toEqual({
    type: 'say',
    text: 'Pulse 1 para dejar un mensaje.',
    language: 'es-MX',
  })
  expect(phrase('key-voicemail', 'en-GB', { key: '1' })).toMatchObject({ language: 'en-GB' })
  expect(phrase('key-voicemail', 'de-DE', { key: '1' })).toEqual({
    type: 'say',
    text: 'Press 1 to leave a message.',
    language: 'en-US',
  })
  expect(phrase('voicemail', 'est')).toMatchObject({ language: 'en-US' })
})

test.each([
  [0, 'The wait is less than a minute.'],
  [59, 'The wait is less than a minute.'],
  [60, 'The wait is about one minute.'],
  [61, 'The wait is about 2 minutes.'],
  [181, 'The wait is about 5 minutes.'],
  [301, 'The wait is about 10 minutes.'],
  [601, 'The wait is about 15 minutes.'],
  [1800, 'The wait is about 30 minutes.'],
  [1801, 'The wait is more than 30 minutes.'],
])('a wait of %d seconds', (seconds, text) => {
  expect(waitPhrase(seconds, 'en-US')?.text).toBe(text)
})

test('what is not known is not told', () => {
  expect([null, Number.NaN, -1].map(seconds => waitPhrase(seconds, 'en-US'))).toEqual([null, null, null])
  expect([0, -1, 1.5, Number.NaN].map(place => positionPhrase(place, 'en-US'))).toEqual([null, null, null, null])
})

test('the first in line is next', () => {
  expect(positionPhrase(1, 'en-US')?.text).toBe('You are next in line.')
  expect(positionPhrase(2, 'es')?.text).toBe('Usted ocupa el lugar número 2 en la fila.')
})

test('every phrase that a caller can hear is told', () => {
  const texts = everyPhrase('es-US').map(({ text }) => text)
  expect(new Set(texts).size).toBe(texts.length)
  expect(texts.filter(text => /[{}]/.test(text))).toEqual([])
  const places = Array.from({ length: 30 }, (_, index) => positionPhrase(index + 1, 'es-US')!.text)
  const waits = Array.from({ length: 40 }, (_, minute) => waitPhrase(minute * 60, 'es-US')!.text)
  const keys = [...'0123456789*#'].flatMap(key => [
    phrase('key-voicemail', 'es-US', { key }).text,
    phrase('key-callback', 'es-US', { key }).text,
  ])
  expect(texts).toEqual(expect.arrayContaining([...places, ...waits, ...keys, 'No se ha grabado nada.']))
  expect(
    everyPhrase('en-US', 3)
      .filter(({ text }) => text.includes('number'))
      .map(({ text }) => text),
  ).toContain('You are number 3 in line.')
})
