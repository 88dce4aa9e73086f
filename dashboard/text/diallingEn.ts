/** Where calls may go. */
export const diallingEn = {
  title: 'Where calls may go',
  hint: 'Everything else is refused: by the API, in flows and transfers, for callbacks and the telephones of agents. It keeps whoever gets hold of one of them from calling at your cost.',
  home: (countries: string) => `Always: ${countries}, where your numbers are.`,
  countries: 'Countries',
  addCountry: 'Another country',
  remove: (country: string) => `Refuse calls to ${country}`,
  none: 'No other country.',
  kinds: 'Numbers that cost more than an ordinary call',
  kindNames: {
    'premium-rate': 'Premium-rate numbers',
    'shared-cost': 'Shared-cost numbers',
    personal: 'Personal numbers, which lead on to anywhere',
    pager: 'Pagers',
    global: 'Satellites, and other numbers of no country',
  },
  callsPerHour: 'Calls begun within an hour, at most',
  callsPerHourHint: 'By agents, by the API, and to return a promised call. It ends what somebody has set going.',
  barred: (who: string, number: string, why: string) => `${who} was not led to ${number}: ${why}`,
  because: {
    country: (country: string) => `calls to ${country} are not allowed`,
    unassigned: (country: string) => `${country} has no such number`,
    kind: (kind: string) => `not allowed (${kind})`,
    limit: (calls: number) => `no more than ${calls} calls are begun within an hour`,
    unreadable: 'it is no telephone number',
  },
}
