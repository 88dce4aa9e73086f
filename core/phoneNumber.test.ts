import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AddressKind, formatNumber, lastDigits, numberVariants, readAddress } from './phoneNumber.ts'

/** What is written, the workspace's country, and the number it is. */
const PHONES: [written: string, country: string, e164: string][] = [
  // As carriers send it
  ['+14155550100', 'US', '+14155550100'],
  ['+14155550100', 'DE', '+14155550100'],
  ['14155550100', 'US', '+14155550100'],
  ['4155550100', 'US', '+14155550100'],
  ['442079460000', 'GB', '+442079460000'],
  // A plus sign that a form turned into a blank
  [' 14155550100', 'DE', '+14155550100'],
  [' 442079460000', 'US', '+442079460000'],
  // A plus sign that a spreadsheet has eaten
  ['442079460000', 'US', '+442079460000'],
  // As people write at home
  ['(415) 555-0100', 'US', '+14155550100'],
  ['1 (415) 555.0100', 'US', '+14155550100'],
  ['415/555-0100', 'US', '+14155550100'],
  ['0 20 7946 0000', 'GB', '+442079460000'],
  ['020 7946 0000', 'GB', '+442079460000'],
  ['030/1234567', 'DE', '+49301234567'],
  ['030 / 123 45 67', 'DE', '+49301234567'],
  ['0171/1234567', 'DE', '+491711234567'],
  ['+49(0)171/1234567', 'US', '+491711234567'],
  ['+49 30 123456-78', 'US', '+493012345678'],
  ['8 (495) 123-45-67', 'RU', '+74951234567'],
  ['91 123 45 67', 'ES', '+34911234567'],
  // With the trunk zero that does not belong there
  ['+44 (0)20 7946 0000', 'US', '+442079460000'],
  ['+33 (0)1 23 45 67 89', 'US', '+33123456789'],
  // Trunk zeros come off one at a time
  ['+63 00 917 123 4567', 'US', '+639171234567'],
  // Italy keeps the zero
  ['06 1234 5678', 'IT', '+390612345678'],
  ['+39 06 1234 5678', 'US', '+390612345678'],
  ['+390612345678', 'IT', '+390612345678'],
  ['347 123 4567', 'IT', '+393471234567'],
  // From abroad, by the country's own prefix and by the general one
  ['0049 30 1234567', 'DE', '+49301234567'],
  ['011 44 20 7946 0000', 'US', '+442079460000'],
  ['0044 20 7946 0000', 'US', '+442079460000'],
  ['00 1 415 555 0100', 'US', '+14155550100'],
  // With an extension
  ['(415) 555-0100 x12', 'US', '+14155550100'],
  ['415-555-0100 ext. 12', 'US', '+14155550100'],
  ['415-555-0100 extension 12', 'US', '+14155550100'],
  ['415.555.0100 #12', 'US', '+14155550100'],
  ['+1 415 555 0100,12', 'US', '+14155550100'],
  ['+1 415 555 0100;ext=12', 'US', '+14155550100'],
  // Mexico and Argentina, with and without the digit that only some write
  ['+52 1 55 1234 5678', 'US', '+5215512345678'],
  ['+52 55 1234 5678', 'US', '+525512345678'],
  ['55 1234 5678', 'MX', '+525512345678'],
  ['044 55 1234 5678', 'MX', '+525512345678'],
  ['01 55 1234 5678', 'MX', '+525512345678'],
  ['+54 9 11 1234 5678', 'US', '+5491112345678'],
  ['+54 11 1234 5678', 'US', '+541112345678'],
  ['011 15 1234 5678', 'AR', '+5491112345678'],
  // What copying brings along: hard blanks, odd dashes, invisible marks, wide and Arabic digits, quotes
  ['+1\u00a0415\u2011555\u20110100', 'US', '+14155550100'],
  ['+1\u2013415\u2014555\u22120100', 'US', '+14155550100'],
  ['\u202a+14155550100\u202c', 'US', '+14155550100'],
  ['+1\u200b4155550100\ufeff', 'US', '+14155550100'],
  ['\uff0b\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff10\uff10', 'US', '+14155550100'],
  ['٠١٠٠١٢٣٤٥٦٧', 'EG', '+201001234567'],
  ["'+14155550100", 'US', '+14155550100'],
  ['"+14155550100"', 'US', '+14155550100'],
  ['\t+14155550100\u0000\n', 'US', '+14155550100'],
  // Inside an address of the internet
  ['tel:+1-415-555-0100', 'DE', '+14155550100'],
  ['tel:+14155550100;ext=12', 'DE', '+14155550100'],
  ['sip:+14155550100@host.example', 'DE', '+14155550100'],
  ['sip:+14155550100@host.example;user=phone', 'DE', '+14155550100'],
  ['SIPS:+14155550100:secret@host.example:5061?x=y', 'DE', '+14155550100'],
  ['sip:%2B14155550100@host.example', 'DE', '+14155550100'],
  ['sip:4155550100@host.example', 'US', '+14155550100'],
  ['"Ana" <sip:+14155550100@host.example>;tag=1', 'DE', '+14155550100'],
  ['Ana <+14155550100>', 'DE', '+14155550100'],
  ['whatsapp:+14155550100', 'DE', '+14155550100'],
  // Possible by length is enough
  ['+15005550006', 'US', '+15005550006'],
  ['+10000000000', 'US', '+10000000000'],
  // Without a workspace country that anybody knows
  ['+14155550100', 'XX', '+14155550100'],
  ['+14155550100', '', '+14155550100'],
]

test.each(PHONES)('%j in %s is %s', (written, country, e164) => {
  expect(readAddress(written, country)).toEqual({ kind: 'phone', text: e164, e164, key: e164 })
})

const OTHERS: [written: string | null | undefined, kind: AddressKind, text: string | null, key: string | null][] = [
  // The documents' own examples are no valid numbers; they are callers all the same.
  ['+1234567890', 'unparsed', '+1234567890', '+1234567890'],
  ['+0987654321', 'unparsed', '+0987654321', '+0987654321'],
  [' 1234567890', 'unparsed', '+1234567890', '+1234567890'],
  ['sip:+1234567890@host.example', 'unparsed', '+1234567890', '+1234567890'],
  ['+12 34567-890', 'unparsed', '+12 34567-890', '+1234567890'],
  ['555-0100', 'unparsed', '555-0100', '5550100'],
  ['5550100', 'unparsed', '5550100', '5550100'],
  ['+999123456789', 'unparsed', '+999123456789', '+999123456789'],
  ['+14155550100 or +14155550101', 'unparsed', '+14155550100 or +14155550101', '+1415555010014155550101'],
  ['0'.repeat(4) + '1'.repeat(70), 'unparsed', '0'.repeat(4) + '1'.repeat(70), '0'.repeat(4) + '1'.repeat(70)],

  ['101', 'extension', '101', '101'],
  ['911', 'extension', '911', '911'],
  ['123456', 'extension', '123456', '123456'],
  ['*801', 'extension', '*801', '*801'],
  ['*67 415-555-0100', 'extension', '*67 415-555-0100', '*674155550100'],
  ['#31#4155550100', 'extension', '#31#4155550100', '#31#4155550100'],
  ['tel:101', 'extension', '101', '101'],

  [null, 'withheld', null, null],
  [undefined, 'withheld', null, null],
  ['', 'withheld', null, null],
  [' \u200b\t', 'withheld', null, null],
  ['anonymous', 'withheld', 'anonymous', null],
  ['ANONYMOUS', 'withheld', 'ANONYMOUS', null],
  ['"Anonymous"', 'withheld', 'Anonymous', null],
  ['Anonymous <anonymous>', 'withheld', 'anonymous', null],
  ['Unknown', 'withheld', 'Unknown', null],
  ['Restricted', 'withheld', 'Restricted', null],
  ['unavailable', 'withheld', 'unavailable', null],
  ['Private', 'withheld', 'Private', null],
  ['Private Number', 'withheld', 'Private Number', null],
  ['Unknown_Caller', 'withheld', 'Unknown_Caller', null],
  ['ID unavailable', 'withheld', 'ID unavailable', null],
  ['Out-of-area', 'withheld', 'Out-of-area', null],
  ['blocked', 'withheld', 'blocked', null],
  ['withheld', 'withheld', 'withheld', null],
  ['client:Anonymous', 'withheld', 'client:Anonymous', null],
  ['tel:anonymous', 'withheld', 'tel:anonymous', null],
  ['sip:anonymous@anonymous.invalid', 'withheld', 'sip:anonymous@anonymous.invalid', null],
  ['sip:x@anonymous.invalid', 'withheld', 'sip:x@anonymous.invalid', null],
  ['sip:restricted@10.0.0.1:5060', 'withheld', 'sip:restricted@10.0.0.1:5060', null],
  ['+266696687', 'withheld', '+266696687', null],
  ['266696687', 'withheld', '266696687', null],
  ['+7378742833', 'withheld', '+7378742833', null],
  ['+2562533', 'withheld', '+2562533', null],
  ['+8656696', 'withheld', '+8656696', null],
  ['+86282452253', 'withheld', '+86282452253', null],
  ['0000000000', 'withheld', '0000000000', null],
  ['+00000000000', 'withheld', '+00000000000', null],

  // Applications choose these names freely: one that looks like a number is still no telephone.
  ['client:ana', 'client', 'client:ana', 'client:ana'],
  ['Client: Ana', 'client', 'Client: Ana', 'client:Ana'],
  ['client:+14155550100', 'client', 'client:+14155550100', 'client:+14155550100'],
  ['sip:ana@host.example', 'sip', 'sip:ana@host.example', 'sip:ana@host.example'],
  [
    'sips:Ana@HOST.example:5061;transport=tls',
    'sip',
    'sips:Ana@HOST.example:5061;transport=tls',
    'sip:ana@host.example',
  ],
  ['sip:101@host.example', 'sip', 'sip:101@host.example', 'sip:101@host.example'],
  ['sip:host.example', 'sip', 'sip:host.example', 'sip:host.example'],
  ['Ana Torres', 'name', 'Ana Torres', null],
  ['1-800-FLOWERS', 'name', '1-800-FLOWERS', null],
  ['+', 'name', '+', null],
  ['Ask for Bob at reception, room 12345', 'name', 'Ask for Bob at reception, room 12345', null],
]

test.each(OTHERS)('%j is %s', (written, kind, text, key) => {
  expect(readAddress(written, 'US')).toEqual({ kind, text, e164: null, key })
})

test('“anonymous” on a keypad without its plus sign is a number where it can be one', () => {
  expect(readAddress('266696687', 'PT')).toMatchObject({ kind: 'phone', e164: '+351266696687' })
})

test('a long text is cut, and what is left reads as the same caller', () => {
  const address = readAddress(`client:${'x'.repeat(240)} ${'y'.repeat(400)}`, 'US')
  expect(address.text).toHaveLength(255)
  expect(readAddress(address.text, 'US')).toEqual(address)
})

describe('in any spelling', () => {
  const country = fc.constantFrom('US', 'DE', 'MX', 'AR', 'BR', 'IT', 'GB', 'ES', 'JP', 'XX', '')
  const numberLike = fc.string({
    unit: fc.constantFrom(...'0123456789'.repeat(4), ...'+ ()-./*#x,;', '\u00a0', '\u2011', '\u202a', '٣', '８'),
    maxLength: 22,
  })
  const written = fc.oneof(
    numberLike,
    fc.bigInt({ min: 0n, max: 999_999_999_999_999n }).map(number => `+${number}`),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .tuple(fc.constantFrom('client:', 'sip:', 'sips:', 'tel:', 'whatsapp:', '"A" <'), numberLike)
      .map(parts => parts.join('')),
    fc
      .tuple(numberLike, fc.constantFrom('@h.example', '@h.example:5060;user=phone', '>', '?a=b'))
      .map(parts => `sip:${parts.join('')}`),
  )

  test('reading never throws, and what it gives out reads again as the same caller', () => {
    fc.assert(
      fc.property(written, country, (text, where) => {
        const address = readAddress(text, where)
        const again = readAddress(address.text, where)
        expect(again).toEqual(address)
        expect(address.e164 === null || /^\+[1-9]\d{4,17}$/.test(address.e164)).toBe(true)
        expect((address.kind === 'phone') === (address.e164 !== null)).toBe(true)
        expect(address.key === null).toBe(['withheld', 'name'].includes(address.kind))
        lastDigits(address.key)
        formatNumber(address.text, where)
      }),
      { numRuns: Number(process.env.RUNS ?? 3000) },
    )
  })

  test('reading in one country or another makes no difference to a number with its country code', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1_000_000n, max: 999_999_999_999_999n }),
        country,
        country,
        (number, here, there) => {
          expect(readAddress(`+${number}`, here)).toEqual(readAddress(`+${number}`, there))
        },
      ),
    )
  })
})

test.each([
  ['+5215512345678', '+525512345678'],
  ['+5491112345678', '+541112345678'],
  ['+5511981234567', '+551181234567'],
])('%s and %s are one subscriber', (one, other) => {
  expect(numberVariants(one)).toEqual([one, other])
  expect(numberVariants(other)).toEqual([other, one])
})

test.each(['+14155550100', '+551121234567', '+5511921234567', '+52155123456', '+390612345678'])(
  '%s is written in one way only',
  e164 => {
    expect(numberVariants(e164)).toEqual([e164])
  },
)

test.each([
  ['+14155550100', '155550100'],
  ['+1234567890', '234567890'],
  ['155550100', '155550100'],
  ['55550100', null],
  ['101', null],
  ['*674155550100', null],
  ['#31#4155550100', null],
  ['client:agent1234567890', null],
  ['sip:4155550100000@host', null],
  [null, null],
])('the last nine digits of %s are %s', (key, digits) => {
  expect(lastDigits(key)).toBe(digits)
})

test.each([
  ['+14155550100', 'US', '(415) 555-0100'],
  ['+14155550100', 'DE', '+1 415 555 0100'],
  ['+493012345678', 'DE', '030 12345678'],
  ['+1234567890', 'US', '+1234567890'],
  ['101', 'US', '101'],
  ['client:ana', 'US', 'client:ana'],
  [null, 'US', ''],
])('%s is shown in %s as %s', (text, country, shown) => {
  expect(formatNumber(text, country)).toBe(shown)
})

test('reading is quick enough for every webhook', () => {
  const numbers = Array.from({ length: 5000 }, (_, index) => `+1415555${String(index).padStart(4, '0')}`)
  for (const number of numbers) readAddress(number, 'US')
  // The processor's time: whatever else the machine does meanwhile is not in it.
  const start = process.cpuUsage()
  for (const number of numbers) readAddress(number, 'US')
  // Microseconds. About 7 on the slow machine this was measured on.
  expect(process.cpuUsage(start).user / numbers.length).toBeLessThan(60)
})
