import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CsvRecord, readCsv } from './csv.ts'

async function read(file: string | Buffer, chunkBytes = 7): Promise<CsvRecord[]> {
  const bytes = Buffer.from(file as string)
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let from = 0; from < bytes.length; from += chunkBytes) yield bytes.subarray(from, from + chunkBytes)
  }
  const records: CsvRecord[] = []
  for await (const batch of readCsv(chunks())) records.push(...batch)
  return records
}
const cells = async (...args: Parameters<typeof read>) => (await read(...args)).map(record => record.cells)

test.each([
  ['commas', 'a,b\n1,2\n'],
  ['semicolons', 'a;b\n1;2\n'],
  ['tabs', 'a\tb\n1\t2\n'],
  ['no last line break', 'a,b\n1,2'],
  ['Windows line breaks', 'a,b\r\n1,2\r\n'],
  ['old Macintosh line breaks', 'a,b\r1,2\r'],
  ['empty lines', '\na,b\n\n\r\n1,2\n\n'],
  ['a byte order mark', '\ufeffa,b\n1,2\n'],
])('takes %s', async (_what, file) => {
  const table = [
    ['a', 'b'],
    ['1', '2'],
  ]
  expect(await cells(file)).toEqual(table)
  expect(await cells(file, 1)).toEqual(table)
  expect(await cells(file, 1000)).toEqual(table)
})

test('says on which line a record begins, and how it stands there', async () => {
  expect(await read('a,b\n\n"x\r\ny",1\r\nz,2')).toEqual([
    { line: 1, raw: 'a,b', cells: ['a', 'b'] },
    { line: 3, raw: '"x\r\ny",1', cells: ['x\r\ny', '1'] },
    { line: 5, raw: 'z,2', cells: ['z', '2'] },
  ])
})

test('a delimiter in quotation marks is none, and the line that names the delimiter counts', async () => {
  expect(await cells('"a,b,c";d\n1;2')).toEqual([
    ['a,b,c', 'd'],
    ['1', '2'],
  ])
  expect(await cells('sep=|\na|b')).toEqual([
    ['sep=', ''],
    ['a', 'b'],
  ])
})

test('doubled and stray quotation marks are text', async () => {
  expect(await cells('a,b\n"say ""hi""",5" pipe\n')).toEqual([
    ['a', 'b'],
    ['say "hi"', '5" pipe'],
  ])
})

test('a quotation mark that is never closed costs its own line only', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => (index === 10_000 ? '"open,1' : `name ${index},1`))
  const records = await read(lines.join('\n'), 65_536)
  expect(records).toHaveLength(20_000)
  expect(records.filter(record => record.cells === null)).toEqual([{ line: 10_001, raw: '"open,1', cells: null }])
  expect(records.at(-1)).toEqual({ line: 20_000, raw: 'name 19999,1', cells: ['name 19999', '1'] })
})

test('what follows a quotation mark that is never closed does not wait for the end of the file', async () => {
  let asked = 0
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from('name,city\n"open,1\n')
    for (; asked < 50; asked++) yield Buffer.from('Bob,Rome\n'.repeat(1000))
  }
  const batches = readCsv(chunks())
  let records = 0
  while (records < 1000) records += (await batches.next()).value?.length ?? 0
  expect(asked).toBeLessThan(20)
})

test('a line without end is skipped, not held', async () => {
  const records = await read(`a,b\n${'x'.repeat(5_000_000)}\n1,2\n`, 65_536)
  expect(records.map(({ line, cells }) => ({ line, cells }))).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: null },
    { line: 3, cells: ['1', '2'] },
  ])
})

test.each([
  ['UTF-8', 'utf8', ''],
  ['UTF-8 with a mark', 'utf8', '\ufeff'],
  ['Latin-1', 'latin1', ''],
  ['UTF-16', 'utf16le', '\ufeff'],
] as const)('reads %s', async (_name, encoding, mark) => {
  // The first accent may come long after the beginning.
  const file = Buffer.from(`${mark}name,city\n${'Bob,Rome\n'.repeat(10_000)}José,Málaga\n`, encoding)
  for (const chunkBytes of [3, 4096, file.length]) {
    const records = await cells(file, chunkBytes)
    expect(records[0]).toEqual(['name', 'city'])
    expect(records.at(-1)).toEqual(['José', 'Málaga'])
  }
})

test('whatever is written as CSV is read back, however it is cut', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '"', ',', ';', '\n', '\r\n', ' '), maxLength: 6 })
  const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (rows, chunkBytes) => {
      const quoted = rows.map(row => row.map(text => `"${text.replaceAll('"', '""')}"`).join(','))
      expect(await cells(`a,b\n${quoted.join('\n')}`, chunkBytes)).toEqual([['a', 'b'], ...rows])
    }),
  )
})

test('nothing is nothing', async () => {
  expect(await read('')).toEqual([])
  expect(await read('\n\r\n')).toEqual([])
})
