import type { MenuNode, MenuOption, Next } from './flow.ts'
import { pickLanguage } from './prompt.ts'
import type { InputResult } from './signal.ts'

/** The keys that an input stands for, and where they lead. */
export interface MenuChoice {
  keys: string
  next: Next
}

/** How many keys the menu waits for, 1 to 20. */
export function menuDigits({ digits, options }: MenuNode): number {
  const longest = Math.max(1, ...options.map(option => option.digits.length))
  return Math.min(20, Math.max(1, Math.round(digits ?? longest) || 1))
}

/** The words to expect of a caller of this language. */
export const menuHints = ({ options }: MenuNode, wanted: string, fallback: string): string[] =>
  options.flatMap(option => hintsOf(option, wanted, fallback))

function hintsOf({ hints = {} }: MenuOption, wanted: string, fallback: string): readonly string[] {
  const tag = pickLanguage(Object.keys(hints), wanted, fallback)
  return tag === null ? [] : hints[tag]!
}

/** What the caller has chosen; null for nothing that the menu knows. */
export function menuChoice(menu: MenuNode, result: InputResult, wanted: string, fallback: string): MenuChoice | null {
  if (result.type === 'digits') return byKeys(menu, result.digits)
  if (result.type !== 'speech') return null
  const words = plainWords(result.text.slice(0, 500))
  const named = byHint(menu, words, wanted, fallback)
  return named === null ? byKeys(menu, spokenKeys(words)) : { keys: named.digits, next: named.next }
}

function byKeys(menu: MenuNode, keys: string): MenuChoice | null {
  if (!/^[0-9*#]+$/.test(keys) || keys.length > menuDigits(menu)) return null
  const option = menu.options.find(({ digits }) => digits === keys)
  if (option !== undefined) return { keys, next: option.next }
  return menu.entered === undefined ? null : { keys, next: menu.entered }
}

/** The option whose longest hint is among the words: “technical support” goes before “support”. */
function byHint(menu: MenuNode, words: string, wanted: string, fallback: string): MenuOption | null {
  let best: { option: MenuOption; length: number } | null = null
  for (const option of menu.options)
    for (const hint of hintsOf(option, wanted, fallback).map(plainWords))
      if (mentions(words, hint) && hint.length > (best?.length ?? 0)) best = { option, length: hint.length }
  return best?.option ?? null
}

/** Whole words, because “three” contains “hr”; anywhere in languages that write none. */
const mentions = (words: string, hint: string): boolean =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(hint)
    ? words.includes(hint)
    : ` ${words} `.includes(` ${hint} `)

/** Lower-case words without accents and punctuation. */
const plainWords = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}*#]+/gu, ' ')
    .trim()

const KEY_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '0': 'zero oh cero',
    '1': 'one uno una',
    '2': 'two dos',
    '3': 'three tres',
    '4': 'four cuatro',
    '5': 'five cinco',
    '6': 'six seis',
    '7': 'seven siete',
    '8': 'eight ocho',
    '9': 'nine nueve',
    '*': 'star asterisco',
    '#': 'pound hash almohadilla numeral',
  }).flatMap(([key, words]) => words.split(' ').map(word => [word, key] as const)),
)

/** “Press four two, please” is 42. */
const spokenKeys = (words: string): string =>
  words
    .split(' ')
    .map(word => KEY_WORDS.get(word) ?? (/^[0-9*#]+$/.test(word) ? word : ''))
    .join('')
