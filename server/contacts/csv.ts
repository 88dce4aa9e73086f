import { isAscii } from 'node:buffer'
import { type CsvError, parse } from 'csv-parse/sync'

/** One record of a CSV file. */
export interface CsvRecord {
  /** Number of the line in the file on which it begins, from 1. */
  line: number
  /** As it stands in the file, without the line break. */
  raw: string
  /** Null where it cannot be read, because a quotation mark is never closed or the line never ends: it is skipped. */
  cells: string[] | null
}

/** A record longer than this is one whose quotation mark is never closed; a line much longer is no line. */
const MAX_RECORD_BYTES = 64 * 1024
const MAX_LINE_BYTES = 1024 * 1024
const BLOCK_BYTES = 32 * 1024

/**
 * The records of a CSV file as they arrive, in batches. Takes UTF-8 and UTF-16 with or
 * without a byte order mark, and Windows-1252 where it is neither; commas, semicolons or tabs; any line breaks.
 * Holds no more of the file than a few blocks.
 */
export async function* readCsv(file: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord[]> {
  let rest: Buffer = Buffer.alloc(0)
  let line = 1
  let delimiter: string | null = null
  let skipping = false
  for await (const chunk of toUtf8(file)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    if (skipping) {
      const end = rest.indexOf('\n') + 1
      skipping = end === 0
      rest = rest.subarray(skipping ? rest.length : end)
    }
    if (rest.length < BLOCK_BYTES) continue
    delimiter ??= detectDelimiter(rest)
    const end = lineEnd(rest)
    if (end > 0) {
      const batch = takeRecords(rest, end, delimiter, line)
      rest = rest.subarray(batch.bytes)
      line = batch.line
      yield batch.records
    } else if (rest.length > MAX_LINE_BYTES) {
      yield [{ line, raw: rest.toString('utf8', 0, MAX_RECORD_BYTES), cells: null }]
      rest = rest.subarray(rest.length)
      line++
      skipping = true
    }
  }
  yield takeRecords(rest, rest.length, delimiter ?? detectDelimiter(rest), line, true).records
}

/** Where the last whole line ends. Lone carriage returns count only where there is nothing else. */
const lineEnd = (text: Buffer): number =>
  (text.includes('\n') ? text.lastIndexOf('\n') : text.subarray(0, -1).lastIndexOf('\r')) + 1

interface Batch {
  records: CsvRecord[]
  /** How much of the text has been taken. */
  bytes: number
  /** The line after that. */
  line: number
}

/** The records up to `end`; one that is not closed there is left for later, unless it is the `last` text or too long. */
function takeRecords(text: Buffer, end: number, delimiter: string, firstLine: number, last = false): Batch {
  const records: CsvRecord[] = []
  let [bytes, line] = [0, firstLine]
  const take = (until: number, cells: string[] | null) => {
    const raw = text.toString('utf8', bytes, until)
    const blank = /^[\r\n]*/.exec(raw)![0]
    records.push({ line: line + breaksIn(blank), raw: raw.slice(blank.length).replace(/[\r\n]+$/, ''), cells })
    line += breaksIn(raw)
    bytes = until
  }
  while (bytes < end) {
    const start = bytes
    const closed = parseBlock(text.subarray(start, end), delimiter, (until, cells) => take(start + until, cells))
    if (closed || (!last && end - bytes <= MAX_RECORD_BYTES)) break
    const breakAt = text.subarray(0, end).indexOf('\n', bytes)
    take(breakAt === -1 ? end : breakAt + 1, null)
  }
  return { records, bytes, line }
}

/** Whether all of the text was records; false when the last of them is not closed. */
function parseBlock(text: Buffer, delimiter: string, take: (until: number, cells: string[]) => void): boolean {
  try {
    parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { bytes }) => {
        take(bytes, cells)
        return null
      },
    })
    return true
  } catch (error) {
    if ((error as CsvError).code === 'CSV_QUOTE_NOT_CLOSED') return false
    throw error
  }
}

const breaksIn = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0

const DELIMITERS = [',', ';', '\t']
/** Some spreadsheets say what separates the cells in a first line of its own: `sep=;`. */
export const isSeparatorLine = (record: CsvRecord): boolean => /^sep=.$/i.test(record.raw)

/** What separates the cells, from the first line. */
function detectDelimiter(text: Buffer): string {
  const [first = ''] = /^[^\r\n]*/.exec(text.toString('utf8', 0, MAX_RECORD_BYTES)) ?? []
  const said = /^sep=(.)$/i.exec(first)
  if (said) return said[1]!
  const unquoted = first.replace(/"[^"]*"/g, '')
  const count = (delimiter: string): number => unquoted.split(delimiter).length
  return DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best))
}

/** The same text in UTF-8. What it is in is decided at the first bytes that are not plain ASCII. */
async function* toUtf8(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | null = Buffer.alloc(0)
  let decoder: TextDecoder | null = null
  let decided = false
  for await (const chunk of file) {
    let bytes: Buffer = chunk
    if (start !== null) {
      start = Buffer.concat([start, chunk])
      if (start.length < 4) continue
      bytes = start
      start = null
    }
    if (!decided && !isAscii(bytes)) {
      decided = true
      decoder = decoderFor(bytes)
      if (decoder === null && bytes.indexOf(UTF8_MARK) === 0) bytes = bytes.subarray(UTF8_MARK.length)
    }
    yield decoder === null ? bytes : Buffer.from(decoder.decode(bytes, { stream: true }))
  }
  if (start !== null && start.length > 0) yield start
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Null for UTF-8, which needs none. */
function decoderFor(bytes: Buffer): TextDecoder | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be')
  try {
    // The last character may be cut: `stream` lets that pass.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return null
  } catch {
    return new TextDecoder('windows-1252')
  }
}
