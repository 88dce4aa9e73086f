import { expect, test } from 'vitest'
import { iceServersFor } from './iceServers.ts'

const none = { urls: [], secret: null, username: null, password: null }
const urls = ['turn:turn.example.com:3478', 'turns:turn.example.com:443?transport=tcp']

test('no relay, no servers: browsers and this machine find each other', () => {
  expect(iceServersFor(none, 'ringside', 0)).toEqual([])
})

// The credential as `printf 4600:ringside | openssl dgst -sha1 -hmac north -binary | base64` makes it.
test('with a shared secret, credentials that expire in an hour', () => {
  expect(iceServersFor({ ...none, urls, secret: 'north' }, 'ringside', 1_000_999)).toEqual([
    { urls, username: '4600:ringside', credential: 'TwWGSOiU+BMuEDjf7AUmBfARG2s=' },
  ])
})

test('with the same credentials for everybody, or none', () => {
  expect(iceServersFor({ ...none, urls, username: 'me', password: 'pass' }, 'ringside', 0)).toEqual([
    { urls, username: 'me', credential: 'pass' },
  ])
  expect(iceServersFor({ ...none, urls: ['stun:stun.example.com'] }, 'ringside', 0)).toEqual([
    { urls: ['stun:stun.example.com'] },
  ])
})
