import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { excerptOf, searchWords } from './excerpt.ts'

const shown = (transcript: string, q: string) =>
  excerptOf(transcript, searchWords(q))
    .map(({ text, found }) => (found ? `<${text}>` : text))
    .join('')

describe('the words of a search', () => {
  test.each([
    ['  Where is MY refund?! ', ['where', 'is', 'my', 'refund']],
    ['¿Cuándo llegará la factura?', ['cuando', 'llegara', 'la', 'factura']],
    ["'; drop table calls; -- \\", ['drop', 'table', 'calls']],
    ['order 4711, order 4711', ['order', '4711']],
    ['?! …', []],
    ['a b c d e f g h i j k', ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']],
  ])('%j', (q, words) => {
    expect(searchWords(q)).toEqual(words)
  })
})

describe('an excerpt', () => {
  test.each([
    ['I want a refund, please.', 'refund', 'I want a <refund>, please.'],
    ['They refunded me. Refunds are slow.', 'refund', 'They <refunded> me. <Refunds> are slow.'],
    ['¿Y la devolución? Mañana.', 'DEVOLUCION manana', '¿Y la <devolución>? <Mañana>.'],
    ['Line one\n\n  line two', 'two', 'Line one line <two>'],
    ['nothing of the kind', 'refund', 'nothing of the kind'],
    ['', 'refund', ''],
  ])('of %j for %j', (transcript, q, expected) => {
    expect(shown(transcript, q)).toBe(expected)
  })

  test('of a long one is where most of the words are near each other', () => {
    const filler = 'and so on '.repeat(60)
    const text = shown(`The invoice. ${filler} The invoice came before the refund. ${filler}`, 'refund invoice')
    expect(text).toMatch(/^… .*The <invoice> came before the <refund>\. .* …$/)
    expect(text.length).toBeLessThan(250)
  })

  test('is a part of what was said; what is marked begins as one of the words does', () => {
    const words = ['refund', 'factura', 'sí', 'order', '4711', 'Ω', '—', '\n', '🙂', 'é', 'a'.repeat(300)]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 200 }), fc.string(), (said, q) => {
        const transcript = said.join(' ')
        const wanted = searchWords(q)
        const pieces = excerptOf(transcript, wanted)
        const plain = pieces
          .filter(({ text }) => text !== '… ' && text !== ' …')
          .map(({ text }) => text)
          .join('')
        expect(transcript.replace(/\s+/g, ' ')).toContain(plain)
        expect(plain.length).toBeLessThanOrEqual(221)
        for (const { text, found } of pieces) {
          if (found) expect(wanted.some(word => searchWords(text)[0]!.startsWith(word))).toBe(true)
        }
      }),
    )
  })
})
