import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dialling, diallingRules, limited, type SpecialKind, USUAL_DIALLING, whyBarred } from './dialling.ts'

const RULES = diallingRules(USUAL_DIALLING, 'US', [])
const judge = (number: string, rules = RULES) => {
  const { number: dialled, barred } = dialling(number, rules)
  if (barred === null) return dialled
  if (barred.because === 'kind') return barred.kind
  return 'country' in barred ? `${barred.because} ${barred.country}` : barred.because
}

describe('where calls may go', () => {
  test.each([
    ['(212) 555-0100', '+12125550100'],
    ['+1 415 555 0100', '+14155550100'],
    ['+1 604 555 0100', '+16045550100'],
    ['+44 20 7946 0000', '+442079460000'],
    ['00 49 30 1234567', '+49301234567'],
    ['011 33 1 44 55 66 77', '+33144556677'],
    ['+52 1 55 1234 5678', '+5215512345678'],
    ['+44 300 123 0000', '+443001230000'],
    ['1-800-555-0100', '+18005550100'],
  ])('%s is an ordinary call', (number, dialled) => expect(judge(number)).toBe(dialled))

  test.each([
    ['+1 900 555 1234', 'premium-rate'],
    ['+1 900 000 0000', 'premium-rate'],
    ['+1 212 976 1234', 'premium-rate'],
    ['+44 909 879 0000', 'premium-rate'],
    ['+49 900 1 123456', 'premium-rate'],
    ['+49 180 5 123456', 'shared-cost'],
    ['+44 70 1234 5678', 'personal'],
    ['+1 500 555 0006', 'personal'],
    ['+870 773 111 632', 'global'],
    ['+882 16 1234567', 'global'],
    ['+883 5100 0123 456', 'global'],
    ['+8816 1234 5678', 'global'],
    ['+979 123 456 789', 'global'],
    ['+878 10 1234567890', 'global'],
    ['+808 1234 5678', 'global'],
  ])('%s is of the kind %s', (number, kind) => expect(judge(number)).toBe(kind))

  test.each([
    ['+1 876 555 1234', 'JM'],
    ['+1 876 000 0000', 'JM'],
    ['+1 809 555 1234', 'DO'],
    ['+1 268 460 1234', 'AG'],
    ['+1 284 494 1234', 'VG'],
    ['+1 671 472 1234', 'GU'],
    ['+53 5 123 4567', 'CU'],
    ['+252 61 1234567', 'SO'],
    ['+44 7797 712345', 'JE'],
    ['+371 21 234 567', 'LV'],
  ])('%s is abroad: %s', (number, country) => expect(judge(number)).toBe(`country ${country}`))

  test('numbers in no plan are of the United States where they begin with +1, and allowed at home alone', () => {
    expect(judge('+12345678900')).toBe('+12345678900')
    expect(judge('+15555550100')).toBe('+15555550100')
    expect(judge('+44 20 0000 000')).toMatch(/^unassigned GB|unreadable$/)
    expect(judge('+44 1111 111111')).toBe('unassigned GB')
    expect(judge('+44 1111 111111', diallingRules(USUAL_DIALLING, 'GB', []))).toBe('+441111111111')
  })

  test('digits after a complete number change nothing', () => {
    const german = diallingRules(USUAL_DIALLING, 'DE', [])
    expect(judge('+49 900 1 123456 789', german)).toBe('premium-rate')
    expect(judge('0900 1 123456 7', german)).toBe('premium-rate')
  })

  test.each([
    '+1 900 555 1234 ext. 5',
    'tel:+1-900-555-1234;ext=1',
    'sip:+19005551234@example.com',
    '＋１９００５５５１２３４',
    '+1\u200b900\u200b555\u200b1234',
    '0019005551234',
    '01119005551234',
    '19005551234',
    '900.555.1234',
    '+1 (900) 555-1234,,,1',
    'Ana <+19005551234>',
  ])('%s is the same premium number', number => expect(judge(number)).toBe('premium-rate'))

  test.each([
    '+12125550100;ext=19005551234',
    '+12125550100,,19005551234',
    '+12125550100x19005551234',
    '+12125550100#19005551234',
    '+12125550100p19005551234',
    '+12125550100w19005551234',
    '+12125550100 ext 19005551234',
  ])('%s leads to the number in front, or nowhere', number =>
    expect(['+12125550100', 'unreadable']).toContain(judge(number)),
  )

  test.each([
    '',
    ' ',
    '*72 19005551234',
    '*67',
    '411',
    '11880',
    'sip:bob@example.com',
    'client:eva',
    'anonymous',
    '+',
    '+1 011 535 1234',
    '+1 123 456 7890',
    '+81 1200 0000 0000 0000',
  ])('“%s” is no telephone number', number => expect(judge(number)).toBe('unreadable'))

  test.each(['911', '112', '9-1-1', '999'])('%s is never refused', number =>
    expect(judge(number)).toBe(number.replaceAll('-', '')),
  )

  test('what is opened is allowed, and where the workspace has numbers it may call', () => {
    const opened = (countries: string[], kinds: SpecialKind[]) =>
      diallingRules({ ...USUAL_DIALLING, countries, kinds }, 'US', [])
    expect(judge('+18765551234', opened(['JM'], []))).toBe('+18765551234')
    expect(judge('+19005551234', opened([], ['premium-rate']))).toBe('+19005551234')
    expect(judge('+449098790000', opened([], ['premium-rate']))).toBe('country GB')
    expect(judge('+870773111632', opened([], ['global']))).toBe('+870773111632')
    expect(judge('+18765551234', diallingRules(USUAL_DIALLING, 'DE', ['+18765550000']))).toBe('+18765551234')
    expect(judge('+442079460000', opened([], []))).toBe('country GB')
  })

  test('a refusal says what can be done', () => {
    expect(whyBarred({ because: 'country', country: 'JM' })).toBe(
      'Calls to Jamaica are not allowed. An admin can allow them under Settings → Where calls may go.',
    )
  })

  test('whatever is dialled is allowed as it is, and no other spelling of it is less', () => {
    const digits = fc.stringMatching(/^[0-9]{3,15}$/)
    const prefix = fc.constantFrom('+', '00', '011', '+1', '+1900', '+1876', '+44', '+4470', '+882', '', ' ', 'tel:+')
    const between = fc.constantFrom('', ' ', '-', '.', ')', '(', '\u200b', ';ext=', ',,', '#', 'x')
    const spelled = fc
      .tuple(prefix, digits, between, fc.stringMatching(/^[0-9]{0,6}$/))
      .map(([first, number, sign, rest]) => `${first}${number}${sign}${rest}`)
    fc.assert(
      fc.property(fc.oneof(spelled, fc.string()), number => {
        const judged = dialling(number, RULES)
        if (judged.barred !== null) return
        expect(dialling(judged.number, RULES)).toEqual(judged)
        expect(judged.number).toMatch(/^(\+[1-9]\d{5,14}|\d{2,3})$/)
        expect(judged.number).not.toMatch(/^\+(1900|1876|1809|87|88|979|53|371)/)
      }),
      { numRuns: 3000 },
    )
  })
})

test('no more calls are begun within an hour than may be', () => {
  const rules = { ...USUAL_DIALLING, callsPerHour: 3 }
  expect([0, 2, 3, 4].map(begun => limited(rules, begun)?.because)).toEqual([undefined, undefined, 'limit', 'limit'])
  expect(whyBarred(limited(rules, 3)!)).toBe(
    'No more than 3 calls are begun within an hour. Wait a while, or let an admin raise that under Settings → Where calls may go.',
  )
})
