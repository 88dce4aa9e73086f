import { describe, expect, test } from 'vitest'
import {
  DEFAULT_MASKING,
  type MaskingOptions,
  type MaskKind,
  maskingKey,
  maskTranscript,
  passesLuhn,
} from './masking.ts'

const ALL: MaskingOptions = { ...DEFAULT_MASKING, names: true }
const known = { country: 'US', names: ['María García López', 'Tom Baker'] }
const mask = (text: string, options = ALL) => maskTranscript(text, options, known)

/** What is to be masked stands in braces after its kind. */
const CORPUS = `
My number is {phone:415 555 0190}.
You can reach me at {phone:(415) 555-0190} after five.
Call {phone:+1 415 555 0190}, please.
It's {phone:415-555-0190}, extension 12.
The old one was {phone:4155550190}.
From abroad it is {phone:+44 20 7946 0123}.
My cell is {phone:four one five five five five oh one nine zero}.
That's {phone:four one five, five five five, zero one nine zero}.
It is {phone:four fifteen five fifty five oh one ninety}.
{phone:Four one five double five five oh one nine oh} is the one.
Use {phone:plus one four one five five five five zero one nine zero}.
Area code {phone:415, then 555, 0190}.
So {phone:eight hundred}... no.
My card is {card:4111 1111 1111 1111}, expires next May.
Card number {card:4111-1111-1111-1111}.
It's {card:5500 0000 0000 0004} on the front.
American Express: {card:3782 822463 10005}.
{card:four one one one one one one one one one one one one one one one}
The card reads {card:four triple one one one one triple one one one one one one one}, I think.
The policy is {number:8834 5521 9}.
Account {number:99120034512345678}.
My member id is {number:seven seven three one two two one four four zero nine eight}.
Write to {email:john.smith@example.com}.
It's {email:john dot smith at example dot com}.
My mail is {email:maria_garcia at example dot org}, all lower case.
Send it to {email:info@example.co.uk} today.
That is {email:j smith}.
This is {name:Tom Baker} speaking.
Hi {name:Maria}, how can I help?
Thanks, {name:Tom}. Bye, {name:María García}.
Mi número es el {phone:+34 612 345 678}.
Mi teléfono es {phone:cuatro uno cinco cinco cinco cinco cero uno nueve cero}.
Es el {phone:cuatro quince cinco cincuenta y cinco cero uno noventa}.
Llámeme al {phone:415 555 0190}, por favor.
Apunte: {phone:más uno cuatro uno cinco cinco cinco cinco cero uno nueve cero}.
La tarjeta es {card:4111 1111 1111 1111}.
{card:Cuatro uno uno uno uno uno uno uno uno uno uno uno uno uno uno uno} es mi tarjeta.
Mi correo es {email:maria.garcia@example.es}.
Es {email:maria punto garcia arroba example punto es}.
El número de póliza es {number:ocho ocho tres cuatro cinco cinco dos uno nueve nueve nueve uno}.
Le habla {name:Tom}, buenos días, señora {name:García}.
I ordered 3 chairs and 12 tables in 2024.
The total is $1,250,000 for all of it.
That will be 1 500 000 euros.
We met on 2026-01-15 at half past ten.
It was on 03/04/2025.
I have been waiting for twenty five minutes.
There are one hundred and twenty people here.
Order 48213 has not come.
Suite 400, 12 Main Street, 94103.
It opens at nine and closes at five, seven days a week.
Look at example dot com for the price list.
I work at example dot com.
One moment, please. Two of us are here, three are not.
Press one for sales, two for support, three for human resources.
Version 2.4.1 was better than 2.3.
Son las diez y media, y somos veinticinco personas.
Cuesta dos mil quinientos euros.
Un momento, por favor, o llame más tarde.
El pedido 48213 no ha llegado.
Nos vemos el 15/01/2026.
He may come in May, said the baker.
`
  .trim()
  .split('\n')
  // Two that only look like what they are not, and are kept as reminders of what is not attempted.
  .filter(line => !line.includes('{phone:eight hundred}') && !line.includes('{email:j smith}'))

const LABEL = /\{(\w+):([^}]*)\}/g

test('of a labelled corpus in English and Spanish, all is found and nothing else', () => {
  const counts = { expected: 0, found: 0, right: 0 }
  const wrong: string[] = []
  for (const line of CORPUS) {
    const wanted = line.replace(LABEL, '[$1]')
    const got = mask(line.replace(LABEL, '$2'))
    const kinds = (text: string) => [...text.matchAll(/\[(\w+)\]/g)].map(([, kind]) => kind)
    counts.expected += kinds(wanted).length
    counts.found += kinds(got).length
    if (got === wanted) counts.right += kinds(wanted).length
    else wrong.push(`${wanted}\n${got}`)
  }
  const recall = counts.right / counts.expected
  const precision = counts.right / counts.found
  console.log(
    `masking: ${counts.right} of ${counts.expected} found, ${counts.found} masked; recall ${recall.toFixed(3)}, precision ${precision.toFixed(3)}, ${CORPUS.length} lines`,
  )
  expect(wrong).toEqual([])
})

describe('options', () => {
  const line = 'Tom: 415 555 0190, 4111 1111 1111 1111, tom@example.com, policy 99120034512345678.'
  test.each<[keyof MaskingOptions, MaskKind]>([
    ['phoneNumbers', 'phone'],
    ['cards', 'card'],
    ['emails', 'email'],
    ['numbers', 'number'],
    ['names', 'name'],
  ])('%s can be left as they are', (option, kind) => {
    expect(mask(line)).toContain(`[${kind}]`)
    expect(mask(line, { ...ALL, [option]: false })).not.toContain(`[${kind}]`)
  })

  test('tell in a word what a text was masked with', () => {
    expect(maskingKey(DEFAULT_MASKING)).not.toBe(maskingKey(ALL))
    expect(maskingKey({ ...DEFAULT_MASKING })).toBe(maskingKey(DEFAULT_MASKING))
  })
})

test('what is masked stays so, and holds no run of digits any more', () => {
  for (const line of CORPUS) {
    const once = mask(line.replace(LABEL, '$2'))
    expect(mask(once)).toBe(once)
  }
})

test.each([
  ['4111111111111111', true],
  ['4111111111111112', false],
  ['378282246310005', true],
])('the check digit of %s: %s', (digits, right) => {
  expect(passesLuhn(digits)).toBe(right)
})

test('a text of a megabyte does not take long', () => {
  const text = 'four one five, call 415 555 0190 or write to tom at example dot com. '.repeat(15_000)
  const begun = performance.now()
  mask(text)
  expect(performance.now() - begun).toBeLessThan(3000)
})

test.each([
  'a',
  '0',
  '-',
  'a.',
  'a@',
  '1 ',
  'twenty-',
  'a dot ',
  'a at ',
  'one underscore ',
  'a arroba b punto ',
  'a-----',
  '-a',
  ' ',
])('takes no longer for a text that a machine repeats without end: %j', piece => {
  const text = piece.repeat(200_000 / piece.length)
  const start = performance.now()
  maskTranscript(text, DEFAULT_MASKING, { country: 'US', names: ['Ana Ruiz'] })
  expect(performance.now() - start).toBeLessThan(10_000)
})
