/**
 * What was said is looked for word by word, by how words begin, without capitals and accents, whatever the language:
 * “factura” finds “Facturas”, “refund” finds “refunded”. The database finds the transcripts by the same rule
 * (`said_words` in its migrations); here is which part of one is shown.
 */
export interface Piece {
  text: string
  /** Whether it is one of the words that were looked for. */
  found: boolean
}

/** More words than this make nothing clearer. */
const MOST_WORDS = 8
/** How much of a transcript is shown, in characters, and how much of that stands before the first word. */
const LENGTH = 220
const BEFORE = 60

const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** The words of a search. None: there is nothing to look for. */
export const searchWords = (q: string): string[] =>
  [...new Set((q.match(WORD) ?? []).map(fold))].filter(word => word !== '').slice(0, MOST_WORDS)

/** The part of a transcript that has most of these words in it, in pieces. Its beginning, where none of them is in it. */
export function excerptOf(transcript: string, words: readonly string[]): Piece[] {
  const text = transcript.replace(/\s+/g, ' ').trim()
  const hits = [...text.matchAll(WORD)].flatMap(({ 0: token, index: from }) => {
    const folded = fold(token)
    const word = words.find(word => folded.startsWith(word))
    return word === undefined ? [] : [{ from, to: from + token.length, word }]
  })
  let best = { from: 0, count: 0 }
  for (const [index, { from }] of hits.entries()) {
    const near = new Set<string>()
    for (let i = index; i < hits.length && hits[i]!.to <= from + LENGTH - BEFORE; i++) near.add(hits[i]!.word)
    if (near.size > best.count) best = { from, count: near.size }
    if (near.size === words.length) break
  }
  const start = wordStart(text, Math.max(0, best.from - BEFORE))
  const end = wordEnd(text, Math.min(text.length, start + LENGTH))
  const pieces: Piece[] = []
  let at = start
  const add = (to: number, found: boolean) => {
    if (to > at) pieces.push({ text: text.slice(at, to), found })
    at = to
  }
  if (start > 0) pieces.push({ text: '… ', found: false })
  for (const { from, to } of hits) {
    if (from < start || to > end) continue
    add(from, false)
    add(to, true)
  }
  add(end, false)
  if (end < text.length) pieces.push({ text: ' …', found: false })
  return pieces
}

/** The next beginning of a word, or this place where the text has none. */
function wordStart(text: string, at: number): number {
  const space = at === 0 ? -1 : text.indexOf(' ', at)
  return space === -1 || space > at + BEFORE ? at : space + 1
}

function wordEnd(text: string, at: number): number {
  const space = at === text.length ? at : text.lastIndexOf(' ', at)
  return space < at - BEFORE ? at : space
}

const fold = (word: string): string => word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
