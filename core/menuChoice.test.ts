import { describe, expect, test } from 'vitest'
import type { MenuNode } from './flow.ts'
import { menuChoice, menuDigits } from './menuChoice.ts'

const menu: MenuNode = {
  type: 'menu',
  prompt: { text: {} },
  options: [
    { digits: '1', hints: { 'en-US': ['Sales'], es: ['ventas'] }, next: 'sales' },
    { digits: '2', hints: { 'en-US': ['support'] }, next: 'support' },
    { digits: '3', hints: { 'en-US': ['hr', 'technical support'], ja: ['人事'] }, next: 'hr' },
    { digits: '42', hints: { 'en-US': ['answer'] }, next: 'answer' },
  ],
  timeoutSeconds: 5,
  retries: 1,
  otherwise: null,
}
const spoken = (text: string, language = 'en-US') =>
  menuChoice(menu, { type: 'speech', text, confidence: null }, language, 'en-US')?.next ?? null
const entered = (digits: string, more: Partial<MenuNode> = {}) =>
  menuChoice({ ...menu, ...more }, { type: 'digits', digits }, 'en-US', 'en-US')?.next ?? null

describe('keys', () => {
  test('lead where they are the very keys of an option', () => {
    expect(entered('1')).toBe('sales')
    expect(entered('42')).toBe('answer')
    expect(['4', '11', '', '1#', 'x', '1 ', '111'].map(keys => entered(keys))).toEqual(Array(7).fill(null))
  })

  test('that are no option lead on where any are asked for, as many as fit', () => {
    expect(entered('77', { entered: 'number' })).toBe('number')
    expect(entered('777', { entered: 'number' })).toBeNull()
    expect(entered('777', { entered: 'number', digits: 6 })).toBe('number')
    expect(entered('7a', { entered: 'number' })).toBeNull()
  })

  test('as many are waited for as the longest option has', () => {
    expect(menuDigits(menu)).toBe(2)
    expect(menuDigits({ ...menu, options: [] })).toBe(1)
    expect([0, 5, 99, Number.NaN].map(digits => menuDigits({ ...menu, digits }))).toEqual([1, 5, 20, 1])
  })
})

describe('words', () => {
  test('lead where a hint is among them, whatever the case, the accents and the punctuation', () => {
    expect(spoken('Uh, SÁLES, please!')).toBe('sales')
    expect(spoken('Ventas por favor', 'es-MX')).toBe('sales')
    expect(spoken('something else')).toBeNull()
    expect(spoken('')).toBeNull()
  })

  test('count as a whole: “three” is not “hr”', () => {
    expect(spoken('thread')).toBeNull()
    expect(spoken('three')).toBe('hr')
    expect(spoken('salesman')).toBeNull()
  })

  test('the longest hint decides', () => {
    expect(spoken('I need technical support')).toBe('hr')
    expect(spoken('I need support')).toBe('support')
    expect(spoken('An answer from technical support')).toBe('hr')
  })

  test('are looked for anywhere in languages that write none', () => {
    expect(spoken('人事部をお願いします', 'ja-JP')).toBe('hr')
  })

  test('stand for keys when they are figures', () => {
    expect(spoken('Press two.')).toBe('support')
    expect(spoken('dos', 'es-US')).toBe('support')
    expect(spoken('four two')).toBe('answer')
    expect(spoken('42')).toBe('answer')
    expect(spoken('one two three')).toBeNull()
  })
})

test('no input is no choice', () => {
  expect(menuChoice(menu, { type: 'none' }, 'en-US', 'en-US')).toBeNull()
})
