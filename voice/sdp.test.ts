import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BadOffer, completeAnswer, readOffer } from './sdp.ts'

const transport = `c=IN IP4 0.0.0.0
a=ice-ufrag:yiRf
a=ice-pwd:1lFR5YGFdZ4kDkGurN8DNQxB
a=fingerprint:sha-256 35:9E:A5:C0:80:D6:C3:86:9C:47:D6:A6:91:31:4C:2A:2E:05:44:9D:77:9D:27:A3:5F:47:67:9C:3F:09:DF:37
a=setup:actpass`
/** As Chromium 156 offers, shortened. */
const line = (mid: number, direction: string) => `m=audio 9 UDP/TLS/RTP/SAVPF 111 63 110 126
${transport}
a=mid:${mid}
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=${direction}
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=candidate:1 1 udp 2113937151 6f1a.local 51234 typ host
a=end-of-candidates
`
const session = 'v=0\no=- 1297926569459933080 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE 0 1\n'
const offer = (...directions: string[]) =>
  (session + directions.map((each, i) => line(i, each)).join('')).replaceAll('\n', '\r\n')

test('an offer tells its lines: the microphone, those to hear with, those too many', () => {
  const { lines, levelExtension } = readOffer(offer('sendrecv', ...Array(9).fill('recvonly')))
  expect(lines[0]).toEqual({ mid: '0', use: 'microphone', hears: true, opus: 111, telephoneEvent: 126 })
  expect(lines.map(({ use }) => use)).toEqual(['microphone', ...Array(7).fill('ear'), 'unused', 'unused'])
  expect(levelExtension).toBe(1)
  const apart = readOffer(offer('recvonly', 'inactive', 'sendonly', 'sendrecv'))
  expect(apart.lines.map(({ use, hears }) => [use, hears])).toEqual([
    ['ear', true],
    ['unused', false],
    ['microphone', false],
    ['ear', true],
  ])
})

test('the addresses of the browser are not looked at', () => {
  expect(offer('sendrecv')).toContain('candidate')
  expect(readOffer(offer('sendrecv')).sdp).not.toContain('candidate')
})

test.each([
  ['nothing', ''],
  ['no SDP', 'hello'],
  ['no lines', session],
  ['no microphone', offer('recvonly', 'recvonly')],
  ['nothing to hear with', offer('sendonly')],
  ['video', offer('sendrecv').replace('m=audio', 'm=video')],
  ['no Opus', offer('sendrecv').replaceAll('opus', 'speex')],
  ['no Opus in one line', offer('sendrecv') + line(1, 'recvonly').replaceAll('opus', 'speex')],
  ['no mid', offer('sendrecv').replace('a=mid:0', '')],
  ['one mid twice', offer('sendrecv', 'recvonly').replace('a=mid:1', 'a=mid:0')],
  ['no credentials', offer('sendrecv').replaceAll('ice-pwd', 'ice-password')],
  ['no fingerprint', offer('sendrecv').replaceAll('fingerprint', 'finger')],
  ['endless', offer('sendrecv') + 'a=x\r\n'.repeat(20_000)],
])('%s is no offer', (_, text) => {
  expect(() => readOffer(text)).toThrow(BadOffer)
})

test('whatever is cut out of an offer or changed in it, it is an offer or a bad one', () => {
  const good = offer('sendrecv', 'recvonly')
  fc.assert(
    fc.property(fc.nat(good.length), fc.nat(400), fc.string(), (at, length, instead) => {
      try {
        readOffer(good.slice(0, at) + instead + good.slice(at + length))
      } catch (error) {
        expect(error).toBeInstanceOf(BadOffer)
      }
    }),
    { numRuns: 500 },
  )
})

test('the answer has the addresses that browsers are to use, and no others', () => {
  const answer = `v=0\r\no=rtc 1 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n${[0, 1]
    .map(mid => `m=audio 40000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 10.1.2.3\r\na=mid:${mid}\r\na=sendrecv\r\n`)
    .join('')}a=candidate:1 1 UDP 2122317823 10.1.2.3 40000 typ host\r\na=end-of-candidates\r\n`
  const complete = completeAnswer(
    answer,
    readOffer(offer('sendrecv', 'recvonly')),
    ['198.51.100.7', '2001:db8::7'],
    40_000,
  )
  expect(complete).not.toContain('10.1.2.3')
  const [, first, second] = complete.split(/(?=m=)/)
  expect(first!.split('\r\n').slice(4)).toEqual([
    'a=ptime:20',
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'a=candidate:1 1 UDP 2122317823 198.51.100.7 40000 typ host',
    'a=candidate:2 1 UDP 2122317567 2001:db8::7 40000 typ host',
    'a=end-of-candidates',
    '',
  ])
  expect(second).toBe(
    'm=audio 40000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendrecv\r\na=ptime:20\r\n',
  )
})
