import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BusinessHours, hoursProblems, type Interval, isOpen, neverOpens, nextChange } from './hours.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

const hours = (more: Partial<BusinessHours>): BusinessHours => ({
  id: 'h',
  name: 'Hours',
  timeZone: 'America/New_York',
  weekly: [],
  exceptions: [],
  ...more,
})
const everyDay = (...intervals: Interval[]) =>
  [1, 2, 3, 4, 5, 6, 7].flatMap(weekday => intervals.map(interval => ({ weekday, ...interval })))
const officeHours = [1, 2, 3, 4, 5].map(weekday => ({ weekday, from: '09:00', to: '17:00' }))
const ms = (iso: string) => Date.parse(iso)
const next = (of: BusinessHours, iso: string) => {
  const change = nextChange(of, ms(iso))
  return change && `${change.open ? 'opens' : 'closes'} ${new Date(change.at).toISOString()}`
}

describe('an ordinary week', () => {
  const office = hours({ weekly: officeHours })

  test('opens with the first minute and closes before the last', () => {
    const open = (iso: string) => isOpen(office, ms(iso))
    expect(open('2026-07-01T12:59:59.999Z')).toBe(false)
    expect(open('2026-07-01T13:00:00Z')).toBe(true)
    expect(open('2026-07-01T20:59:59.999Z')).toBe(true)
    expect(open('2026-07-01T21:00:00Z')).toBe(false)
    expect(open('2026-07-04T15:00:00Z')).toBe(false)
  })

  test('the next change is the first moment of the other state', () => {
    expect(next(office, '2026-07-01T12:59:59.999Z')).toBe('opens 2026-07-01T13:00:00.000Z')
    expect(next(office, '2026-07-01T13:00:00Z')).toBe('closes 2026-07-01T21:00:00.000Z')
    expect(next(office, '2026-07-03T21:00:00Z')).toBe('opens 2026-07-06T13:00:00.000Z')
    expect(nextChange(office, ms('2026-07-01T13:00:00Z') - 0.25)?.at).toBe(ms('2026-07-01T13:00:00Z'))
  })

  test('hours that meet are one opening', () => {
    const shifts = hours({
      weekly: [
        { weekday: 3, from: '18:00', to: '24:00' },
        { weekday: 4, from: '00:00', to: '06:00' },
        { weekday: 4, from: '06:00', to: '08:00' },
      ],
    })
    expect(next(shifts, '2026-07-02T00:00:00Z')).toBe('closes 2026-07-02T12:00:00.000Z')
  })

  test('Sunday night runs into Monday', () => {
    const night = hours({ weekly: [{ weekday: 7, from: '22:00', to: '06:00' }] })
    expect(next(night, '2026-07-01T00:00:00Z')).toBe('opens 2026-07-06T02:00:00.000Z')
    expect(next(night, '2026-07-06T02:00:00Z')).toBe('closes 2026-07-06T10:00:00.000Z')
  })
})

describe('exceptions', () => {
  test('replace the hours of the days they cover, the last included', () => {
    const away = hours({
      weekly: officeHours,
      exceptions: [
        { name: 'Retreat', from: '2026-07-01', to: '2026-07-02', intervals: [{ from: '12:00', to: '13:00' }] },
      ],
    })
    expect(next(away, '2026-06-30T21:00:00Z')).toBe('opens 2026-07-01T16:00:00.000Z')
    expect(next(away, '2026-07-01T17:00:00Z')).toBe('opens 2026-07-02T16:00:00.000Z')
    expect(next(away, '2026-07-02T17:00:00Z')).toBe('opens 2026-07-03T13:00:00.000Z')
  })

  test('govern what begins on their days, not what runs into them or out of them', () => {
    const bar = hours({
      weekly: everyDay({ from: '20:00', to: '02:00' }),
      exceptions: [{ name: 'Closed', from: '2026-07-02', to: '2026-07-02', intervals: [] }],
    })
    expect(next(bar, '2026-07-02T00:00:00Z')).toBe('closes 2026-07-02T06:00:00.000Z')
    expect(next(bar, '2026-07-02T06:00:00Z')).toBe('opens 2026-07-04T00:00:00.000Z')
    const long = hours({
      exceptions: [{ name: 'Gala', from: '2026-07-02', to: '2026-07-02', intervals: [{ from: '20:00', to: '04:00' }] }],
    })
    expect(next(long, '2026-07-03T00:00:00Z')).toBe('closes 2026-07-03T08:00:00.000Z')
  })

  test('yearly ones hold in every year and may run over New Year', () => {
    const rest = hours({
      weekly: everyDay({ from: '00:00', to: '24:00' }),
      exceptions: [{ name: 'Holidays', from: '2020-12-24', to: '2021-01-01', yearly: true, intervals: [] }],
    })
    expect(next(rest, '2026-07-01T00:00:00Z')).toBe('closes 2026-12-24T05:00:00.000Z')
    expect(next(rest, '2026-12-24T05:00:00Z')).toBe('opens 2027-01-02T05:00:00.000Z')
    expect(next(rest, '2019-12-30T00:00:00Z')).toBe('opens 2020-01-02T05:00:00.000Z')
  })

  test('the one with a year goes before the yearly one, in whatever order they are written', () => {
    const yearly = { name: 'Independence Day', from: '2020-07-04', to: '2020-07-04', yearly: true, intervals: [] }
    const once = {
      name: '250 years',
      from: '2026-07-04',
      to: '2026-07-04',
      intervals: [{ from: '10:00', to: '12:00' }],
    }
    for (const exceptions of [
      [yearly, once],
      [once, yearly],
    ]) {
      const holiday = hours({ weekly: everyDay({ from: '00:00', to: '24:00' }), exceptions })
      expect(hoursProblems(holiday)).toEqual([])
      expect(isOpen(holiday, ms('2026-07-04T15:00:00Z'))).toBe(true)
      expect(isOpen(holiday, ms('2025-07-04T15:00:00Z'))).toBe(false)
    }
  })

  test('29 February comes in leap years only', () => {
    const leap = hours({
      weekly: everyDay({ from: '00:00', to: '24:00' }),
      exceptions: [{ name: 'Leap day', from: '2024-02-29', to: '2024-02-29', yearly: true, intervals: [] }],
    })
    expect(next(leap, '2026-02-01T00:00:00Z')).toBe(null)
    expect(next(leap, '2028-02-01T00:00:00Z')).toBe('closes 2028-02-29T05:00:00.000Z')
  })
})

describe('when the clocks change', () => {
  test('an opening in the skipped hour opens at its end', () => {
    const early = hours({ weekly: everyDay({ from: '02:30', to: '04:00' }) })
    expect(next(early, '2026-03-08T05:00:00Z')).toBe('opens 2026-03-08T07:00:00.000Z')
    expect(next(early, '2026-03-08T07:00:00Z')).toBe('closes 2026-03-08T08:00:00.000Z')
  })

  test('what lies in the skipped hour altogether does not happen', () => {
    const blink = hours({ weekly: everyDay({ from: '02:15', to: '02:45' }) })
    expect(next(blink, '2026-03-08T05:00:00Z')).toBe('opens 2026-03-09T06:15:00.000Z')
  })

  test('the repeated hour is twice the same', () => {
    const twice = hours({ weekly: everyDay({ from: '01:15', to: '01:45' }) })
    expect(next(twice, '2026-11-01T04:00:00Z')).toBe('opens 2026-11-01T05:15:00.000Z')
    expect(next(twice, '2026-11-01T05:15:00Z')).toBe('closes 2026-11-01T05:45:00.000Z')
    expect(next(twice, '2026-11-01T05:45:00Z')).toBe('opens 2026-11-01T06:15:00.000Z')
    const late = hours({ weekly: everyDay({ from: '01:15', to: '12:00' }) })
    expect(next(late, '2026-11-01T05:15:00Z')).toBe('closes 2026-11-01T06:00:00.000Z')
    expect(next(late, '2026-11-01T06:00:00Z')).toBe('opens 2026-11-01T06:15:00.000Z')
  })

  test('a whole day may be missing', () => {
    const friday = hours({ timeZone: 'Pacific/Apia', weekly: [{ weekday: 5, from: '08:00', to: '02:00' }] })
    // Friday, 30 December 2011 was not there; its night belongs to a Saturday that was.
    expect(next(friday, '2011-12-29T12:00:00Z')).toBe('opens 2011-12-30T10:00:00.000Z')
    expect(next(friday, '2011-12-30T10:00:00Z')).toBe('closes 2011-12-30T12:00:00.000Z')
  })
})

describe('problems', () => {
  const of = (more: Partial<BusinessHours>) => hoursProblems(hours(more)).map(({ message }) => message)
  const day = { name: 'Day', from: '2026-07-01', to: '2026-07-01', intervals: [] }

  test('none with good hours', () => {
    expect(of({ weekly: officeHours })).toEqual([])
    expect(of({ weekly: everyDay({ from: '00:00', to: '24:00' }) })).toEqual([])
    expect(of({ weekly: everyDay({ from: '22:00', to: '06:00' }, { from: '06:00', to: '22:00' }) })).toEqual([])
    expect(of({ exceptions: [day, { ...day, name: 'Next', from: '2026-07-02', to: '2026-07-02' }] })).toEqual([])
    expect(of({ exceptions: [{ ...day, from: '2025-07-02', yearly: true }] })).toEqual([])
    expect(
      of({
        exceptions: [
          {
            ...day,
            intervals: [
              { from: '08:00', to: '07:00' },
              { from: '07:00', to: '08:00' },
            ],
          },
        ],
      }),
    ).toEqual([])
  })

  test.each<[string, Partial<BusinessHours>]>([
    ['There is no time zone “Mars/Olympus”.', { timeZone: 'Mars/Olympus' }],
    ['There is no time zone “+02:00”.', { timeZone: '+02:00' }],
    ['There is no time zone “”.', { timeZone: '' }],
    ['There is no weekday 0', { weekly: [{ weekday: 0, from: '09:00', to: '17:00' }] }],
    ['Monday 9:00–17:00: times', { weekly: [{ weekday: 1, from: '9:00', to: '17:00' }] }],
    ['Monday 09:00–24:01: times', { weekly: [{ weekday: 1, from: '09:00', to: '24:01' }] }],
    ['Monday 24:00–06:00: times', { weekly: [{ weekday: 1, from: '24:00', to: '06:00' }] }],
    ['Sunday 09:00–09:00 is no time at all', { weekly: [{ weekday: 7, from: '09:00', to: '09:00' }] }],
    [
      'Tuesday 09:00–12:00 and Tuesday 11:59–13:00 overlap.',
      {
        weekly: [
          { weekday: 2, from: '11:59', to: '13:00' },
          { weekday: 2, from: '09:00', to: '12:00' },
        ],
      },
    ],
    [
      'Sunday 22:00–02:00 and Monday 01:00–03:00 overlap.',
      {
        weekly: [
          { weekday: 1, from: '01:00', to: '03:00' },
          { weekday: 7, from: '22:00', to: '02:00' },
        ],
      },
    ],
    ['“Day”: There is no day 2026-02-29.', { exceptions: [{ ...day, from: '2026-02-29' }] }],
    ['“Day”: There is no day 1 July.', { exceptions: [{ ...day, to: '1 July' }] }],
    ['“Day”: It must not end before it begins.', { exceptions: [{ ...day, to: '2026-06-30' }] }],
    ['“Day”: What comes every year', { exceptions: [{ ...day, to: '2027-07-01', yearly: true }] }],
    ['“Day”: 25:00–26:00: times', { exceptions: [{ ...day, intervals: [{ from: '25:00', to: '26:00' }] }] }],
    [
      '“Day”: 22:00–06:00 and 05:00–07:00 overlap.',
      {
        exceptions: [
          {
            ...day,
            to: '2026-07-02',
            intervals: [
              { from: '05:00', to: '07:00' },
              { from: '22:00', to: '06:00' },
            ],
          },
        ],
      },
    ],
    [
      '“Day” and “Other” are for the same day.',
      {
        exceptions: [
          { ...day, to: '2026-07-05' },
          { ...day, name: 'Other' },
        ],
      },
    ],
    [
      '“Day” and “Other” are for the same day.',
      {
        exceptions: [
          { ...day, yearly: true },
          { ...day, name: 'Other', from: '2019-12-01', to: '2020-07-02', yearly: true },
        ],
      },
    ],
    ['There can be at most 100 exceptions.', { exceptions: Array.from({ length: 101 }, () => day) }],
  ])('%s', (problem, more) => {
    expect(of(more)).toEqual([expect.stringContaining(problem)])
  })
})

test('hours that never open are told from hours that open rarely', () => {
  const now = ms('2026-07-01T12:00:00Z')
  expect(neverOpens(hours({}), now)).toBe(true)
  expect(neverOpens(hours({ weekly: officeHours }), now)).toBe(false)
  expect(neverOpens(hours({ weekly: everyDay({ from: '00:00', to: '24:00' }) }), now)).toBe(false)
  const once = {
    name: 'Open day',
    from: '2020-06-30',
    to: '2020-06-30',
    yearly: true,
    intervals: [{ from: '10:00', to: '12:00' }],
  }
  expect(neverOpens(hours({ exceptions: [once] }), now)).toBe(false)
  const past = { ...once, yearly: false }
  expect(neverOpens(hours({ exceptions: [past] }), now)).toBe(true)
})

// ---------------------------------------------------------------------------------------------------------------
// Held against an account that shares nothing with it: the minutes of a calendar are painted one by one, and a minute
// of the world is looked up by what Intl says that the clock shows.
// ---------------------------------------------------------------------------------------------------------------

const ZONES = [
  'America/New_York',
  'Europe/Madrid',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
]

interface Minute {
  at: number
  date: string
  minute: number
}

/** What the clock of the zone shows. */
function clock(timeZone: string): (at: number) => Minute {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  return at => {
    const [, day, month, year, hour, minute] = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/.exec(format.format(at))!
    return { at, date: `${year}-${month}-${day}`, minute: Number(hour) * 60 + Number(minute) }
  }
}

/** Every minute from a day and a half before each change of the clocks until as long after it; of a zone without, an ordinary week. */
function changesOf(timeZone: string): { name: string; minutes: Minute[] }[] {
  const shows = clock(timeZone)
  const ahead = (at: number) => Date.parse(shows(at).date) + shows(at).minute * MINUTE - at
  const around = (at: number, days: number) => ({
    name: new Date(at).toISOString(),
    minutes: Array.from({ length: days * 2 * 24 * 60 }, (_, index) => shows(at - days * DAY + index * MINUTE)),
  })
  const found = []
  for (let hour = Date.UTC(2024, 0); hour < Date.UTC(2028, 0); hour += 60 * MINUTE)
    if (ahead(hour) !== ahead(hour + 60 * MINUTE)) found.push(around(hour, 1.5))
  if (timeZone === 'Pacific/Apia') found.push(around(ms('2011-12-30T10:00:00Z'), 2))
  return found.length > 0 ? found : [around(ms('2026-05-13T00:00:00Z'), 3.5)]
}

/** Whether each of these minutes is open, by painting all days of their surroundings. */
function painted({ weekly, exceptions }: BusinessHours, minutes: Minute[]): boolean[] {
  const paint = new Map<string, boolean[]>()
  const canvas = (date: string) => {
    if (!paint.has(date))
      paint.set(
        date,
        Array.from({ length: 24 * 60 }, () => false),
      )
    return paint.get(date)!
  }
  const read = (time: string) => time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  const first = Date.parse(minutes[0]!.date)
  const last = Date.parse(minutes.at(-1)!.date)
  for (let day = first - DAY; day <= last; day += DAY) {
    const date = new Date(day)
    const iso = date.toISOString().slice(0, 10)
    const covering = exceptions.filter(({ from, to, yearly }) => {
      for (let covered = Date.parse(from); covered <= Date.parse(to); covered += DAY)
        if (new Date(covered).toISOString().slice(yearly ? 5 : 0, 10) === iso.slice(yearly ? 5 : 0)) return true
      return false
    })
    const exception = covering.find(one => !one.yearly) ?? covering[0]
    const weekday = ((date.getUTCDay() + 6) % 7) + 1
    for (const interval of exception?.intervals ?? weekly.filter(one => one.weekday === weekday)) {
      let [minute, board] = [read(interval.from), canvas(iso)]
      do {
        board[minute++] = true
        if (minute === 24 * 60) [minute, board] = [0, canvas(new Date(day + DAY).toISOString().slice(0, 10))]
      } while (minute !== read(interval.to) % (24 * 60))
    }
  }
  return minutes.map(({ date, minute }) => canvas(date)[minute]!)
}

const EDGES = [
  '00:00',
  '00:15',
  '01:00',
  '01:30',
  '01:45',
  '02:00',
  '02:15',
  '02:30',
  '03:00',
  '03:30',
  '09:00',
  '23:30',
]
const interval = fc
  .record({ from: fc.constantFrom(...EDGES), to: fc.constantFrom(...EDGES, '24:00') })
  .filter(({ from, to }) => from !== to)

/** Hours with exceptions on and about this day. They may overlap: open is open. */
const hoursAround = (timeZone: string, date: string): fc.Arbitrary<BusinessHours> => {
  const exception = fc
    .record({
      begins: fc.integer({ min: -2, max: 1 }),
      days: fc.integer({ min: 0, max: 2 }),
      yearsAgo: fc.integer({ min: 0, max: 3 }),
      yearly: fc.boolean(),
      intervals: fc.array(interval, { maxLength: 2 }),
    })
    .map(({ begins, days, yearsAgo, yearly, intervals }) => {
      const begin = new Date(Date.parse(date) + begins * DAY)
      if (yearly) begin.setUTCFullYear(begin.getUTCFullYear() - yearsAgo)
      const from = begin.toISOString().slice(0, 10)
      const to = new Date(begin.getTime() + days * DAY).toISOString().slice(0, 10)
      return { name: 'Exception', from, to, yearly, intervals }
    })
  return fc.record({
    id: fc.constant('h'),
    name: fc.constant('Hours'),
    timeZone: fc.constant(timeZone),
    weekly: fc.array(
      fc
        .record({ weekday: fc.integer({ min: 1, max: 7 }), interval })
        .map(({ weekday, interval: of }) => ({ weekday, ...of })),
      { maxLength: 12 },
    ),
    exceptions: fc.array(exception, { maxLength: 2 }),
  })
}

const asShown = (minutes: Minute[], open: boolean[]) =>
  minutes.map(({ at, date, minute }, index) => `${new Date(at).toISOString()} ${date}+${minute} ${open[index]}`)

describe.each(ZONES)('%s', timeZone => {
  const changes = changesOf(timeZone)

  test.each(changes)('every minute around $name is as the hours say, and each change is foreseen', ({ minutes }) => {
    const change = minutes[minutes.length / 2]!
    fc.assert(
      fc.property(hoursAround(timeZone, change.date), fc.integer({ min: 1, max: MINUTE }), (of, before) => {
        const wanted = painted(of, minutes)
        const found = minutes.map(({ at }) => isOpen(of, at))
        if (found.some((open, index) => open !== wanted[index]))
          expect(asShown(minutes, found)).toEqual(asShown(minutes, wanted))

        let next: { at: number; open: boolean } | null = null
        for (let index = minutes.length - 1; index > 0; index--) {
          const { at } = minutes[index]!
          if (wanted[index] !== wanted[index - 1]) next = { at, open: wanted[index]! }
          // Just before each change, and now and then in between.
          if (next && (next.at === at || index % 97 === 0))
            expect({ at, found: nextChange(of, at - before) }).toEqual({ at, found: next })
        }
        const end = minutes.at(-1)!.at
        expect(nextChange(of, end - before)?.at ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(end)
      }),
      { numRuns: 6 },
    )
  })
})
