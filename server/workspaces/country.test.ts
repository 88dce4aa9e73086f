import { expect, test } from 'vitest'
import { readPhone } from './country.ts'

test.each([
  ['(415) 555-0199', 'US', '+14155550199'],
  ['030 901820', 'DE', '+4930901820'],
  ['+290 22222', 'US', '+29022222'],
])('%s in %s is %s', (text, country, e164) => expect(readPhone(text, country)).toBe(e164))

test.each([
  ['911', 'US'],
  ['110', 'DE'],
  ['+49110', 'DE'],
  ['+44 999', 'GB'],
  ['116117', 'DE'],
  ['client:ann', 'US'],
  ['anonymous', 'US'],
  ['', 'US'],
])('nobody is called at %j in %s', (text, country) => expect(readPhone(text, country)).toBeNull())
