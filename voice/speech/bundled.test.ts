import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { promptsOf } from '../../core/flow.ts'
import { everyPhrase } from '../../core/phrase.ts'
import { starterFlow } from '../../core/starterFlow.ts'
import { readSound } from '../sound.ts'
import { bundledFile, HOLD_MUSIC } from './bundled.ts'

const folder = new URL('./prompts/', import.meta.url)
const files = fs
  .readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.opus') && name !== path.basename(HOLD_MUSIC))

const greetings = Object.values(starterFlow({ sales: '', support: '', hr: '' }).nodes)
  .flatMap(promptsOf)
  .flatMap(({ spoken }) => Object.entries(spoken.text).map(([language, text]) => ({ language, text })))

describe.each(['en', 'es'])('in %s', language => {
  test.each([
    ['the center says', everyPhrase(language)],
    ['the starter flow says', greetings.filter(said => said.language.startsWith(language))],
  ])('everything that %s is there', (_, said) => {
    expect(said.length).toBeGreaterThan(2)
    expect(said.filter(({ text }) => bundledFile(text, language) === null)).toEqual([])
  })
})

test('a language’s regions are one, languages are not', () => {
  const file = bundledFile('Thank you for calling.', 'en-US')
  expect(file).toMatch(/en\/thank-you-for-calling\.opus$/)
  expect(bundledFile('Thank you for calling.', 'EN')).toBe(file)
  expect(bundledFile('Thank you for calling.', 'es-US')).toBeNull()
  expect(bundledFile('Thank you for calling', 'en-US')).toBeNull()
})

test('all of them can be played, last as long as a phrase does, and are small together', async () => {
  expect(files.length).toBeGreaterThan(150)
  let bytes = 0
  for (const file of files) {
    const url = new URL(file, folder)
    const seconds = (await readSound(url.pathname)).length / 50
    expect(seconds, file).toBeGreaterThan(0.6)
    expect(seconds, file).toBeLessThan(10)
    bytes += fs.statSync(url).size
  }
  expect(bytes).toBeLessThan(1_500_000)
})
