import { invalid } from '../platform/refusal.ts'
import { COMMON, FAVOURITES } from './commonPasswords.ts'

/**
 * What nobody may choose as a password: what guessers try first. There are no rules of composition: a long password in
 * small letters is a good one. The length (12 to 200 characters) is in the contract.
 */
export function refuseWeakPassword(field: string, password: string, about: string[]): void {
  const weakness = weaknessOf(password, about)
  if (weakness !== null) throw invalid([{ path: field, message: MESSAGES[weakness] }])
}

type Weakness = 'common' | 'repeats' | 'row' | 'personal'
const MESSAGES: Record<Weakness, string> = {
  common: 'This is one of the first passwords that are guessed. Choose another one: four random words are good.',
  repeats: 'This repeats the same few characters. Choose another one: four random words are good.',
  row: 'These are characters in a row. Choose another one: four random words are good.',
  personal: 'This is little more than your name, your e-mail or your company. Choose another one.',
}

const MIN_REST = 8
const MIN_DIFFERENT = 5
const MIN_ROW = 4

/** @param about e-mail, names: what guessers know. */
export function weaknessOf(password: string, about: string[]): Weakness | null {
  const lower = password.toLowerCase()
  if (new Set(lower).size < MIN_DIFFERENT) return 'repeats'
  if (withoutRows(lower).length < MIN_DIFFERENT) return 'row'
  if (isCommon(lower)) return 'common'
  const known = [...about.flatMap(text => text.toLowerCase().split(/[^\p{L}\p{N}]+/u)), PRODUCT]
  const words = [...new Set(known)].filter(word => word.length >= 3).sort((a, b) => b.length - a.length)
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), lower)
  return rest !== lower && rest.replace(/[^\p{L}\p{N}]/gu, '').length < MIN_REST ? 'personal' : null
}

const PRODUCT = 'ringside'

/** Neighbours on a keyboard, in the alphabet, among the digits; read both ways, and around the end. */
const ROWS = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz',
  'qwertyuiopqwertyuiop',
  'asdfghjklasdfghjkl',
  'zxcvbnmzxcvbnm',
  'qwertzuiopqwertzuiop',
  'azertyuiopazertyuiop',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujm',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'a1b2c3d4e5f6g7h8',
  '!@#$%^&*()',
].flatMap(row => [row, [...row].reverse().join('')])

/** What is left when every run of four or more such neighbours, or of the same character, is taken out. */
function withoutRows(text: string): string {
  let rest = ''
  for (let at = 0; at < text.length; ) {
    const length = rowAt(text, at)
    if (length < MIN_ROW) rest += text[at++]
    else at += length
  }
  return rest
}

function rowAt(text: string, at: number): number {
  let longest = 1
  while (text[at + longest] === text[at]) longest++
  for (const row of ROWS) {
    while (at + longest < text.length && row.includes(text.slice(at, at + longest + 1))) longest++
  }
  return longest
}

/** The best-known words, once or several times, with figures and signs around them, with figures for letters. */
function isCommon(lower: string): boolean {
  const bare = lower.replace(/^[^a-z]+|[^a-z]+$/g, '')
  return [lower, bare, bare.replace(/[^a-z]+/g, '')]
    .flatMap(text => [text, spelled(text)])
    .some(text => {
      const period = (text + text).indexOf(text, 1)
      return [text, text.slice(0, period)].some(word => COMMON.has(word) || isOfFavourites(word))
    })
}

function isOfFavourites(word: string): boolean {
  if (FAVOURITES.has(word)) return true
  for (let at = 1; at < word.length; at++)
    if (FAVOURITES.has(word.slice(0, at)) && FAVOURITES.has(word.slice(at))) return true
  return false
}

const LETTERS: Record<string, string> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i' }
const spelled = (text: string): string => text.replace(/[013457@$!]/g, sign => LETTERS[sign]!)
