import { describe, expect, test } from 'vitest'
import { fill, pickLanguage, toPrompt } from './prompt.ts'

const nobody = () => null

test('the best language: its own, another region’s, the fallback, any', () => {
  expect(pickLanguage(['en-US', 'es-US', 'es-MX'], 'es-MX', 'en-US')).toBe('es-MX')
  expect(pickLanguage(['en-US', 'es-US'], 'es-mx', 'en-US')).toBe('es-US')
  expect(pickLanguage(['es-US', 'en-GB'], 'de', 'en-US')).toBe('en-GB')
  expect(pickLanguage(['fr'], 'de', 'en-US')).toBe('fr')
  expect(pickLanguage([], 'de', 'en-US')).toBeNull()
})

test('names in curly brackets stand for what is known', () => {
  const lookUp = (name: string) => ({ order: '42', 'contact.first name': 'Ana' })[name] ?? null
  expect(fill('{contact.first name}: { order }{nothing}{', lookUp)).toBe('Ana: 42{')
  expect(fill('{order}', () => 'a/b', encodeURIComponent)).toBe('a%2Fb')
  // What is filled in is not filled in again.
  expect(fill('{a}', () => '{a}')).toBe('{a}')
})

describe('a prompt', () => {
  const hear = (text: Record<string, string>, audio: Record<string, 'hold-music'> | undefined, wanted = 'es-US') =>
    toPrompt(audio ? { text, audio } : { text }, wanted, 'en-US', nobody)

  test('is spoken in the language of its text', () => {
    expect(hear({ 'en-US': 'Hi', es: 'Hola' }, undefined)).toEqual({ type: 'say', text: 'Hola', language: 'es' })
    expect(hear({ 'en-US': 'Hi' }, undefined)).toEqual({ type: 'say', text: 'Hi', language: 'en-US' })
  })

  test('is played where there is a recording in that language, and no other', () => {
    expect(hear({ es: 'Hola' }, { es: 'hold-music' })).toEqual({ type: 'play', media: 'hold-music', loop: 1 })
    expect(hear({ es: 'Hola' }, { 'en-US': 'hold-music' })).toMatchObject({ type: 'say', text: 'Hola' })
  })

  test('a blank text is as good as none', () => {
    expect(hear({ 'es-US': ' ', 'en-US': 'Hi' }, undefined)).toMatchObject({ text: 'Hi' })
    expect(hear({ 'es-US': '' }, undefined)).toBeNull()
    expect(hear({ 'es-US': '{nothing}' }, undefined)).toBeNull()
  })

  test('is clean and of bounded length', () => {
    expect(hear({ es: 'a\u0000b\ud800' }, undefined)).toMatchObject({ text: 'ab\ufffd' })
    expect(toPrompt({ text: { en: '{a}{a}' } }, 'en', 'en', () => 'x'.repeat(800))).toMatchObject({
      text: 'x'.repeat(1000),
    })
  })
})
