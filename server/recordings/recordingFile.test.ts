import path from 'node:path'
import { expect, test } from 'vitest'
import { recordingFile } from './recordingFile.ts'

test.each([
  '../other/secret',
  '..',
  '../../../../etc/passwd',
  '/etc/passwd',
  '..\\..\\x',
  'a/b',
  '\0',
  '.',
  '%2e%2e%2f',
])('an id that a carrier has made up is a name in the workspace’s own folder, never a path: %j', id => {
  const file = recordingFile('/data', 'acme', id)
  expect(path.dirname(file)).toBe('/data/recordings/acme')
  expect(path.basename(file)).toMatch(/.\.opus$/)
})

test('ours is named as it is', () => {
  expect(recordingFile('/data', 'acme', '019a-b_c')).toBe('/data/recordings/acme/019a-b_c.opus')
})
