import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDirectory } from './directoryLock.ts'

let folder: string
let directory: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-lock-'))
  directory = path.join(folder, 'db')
})
afterEach(() => fs.rmSync(folder, { recursive: true }))

/** Leaves a lock as a process would have that was killed. */
function leaveLock(given: Record<string, unknown>): void {
  const unlock = lockDirectory(directory)
  const file = `${directory}.lock`
  const owner = { ...JSON.parse(fs.readFileSync(file, 'utf8')), ...given }
  unlock()
  fs.writeFileSync(file, JSON.stringify(owner))
}

test('a directory is locked by one process, and free when it is given back', () => {
  const unlock = lockDirectory(directory)
  expect(() => lockDirectory(directory)).toThrow(`process ${process.pid} on ${os.hostname()}). Stop that one first`)
  expect(() => lockDirectory(directory)).not.toThrow(/delete/)
  unlock()
  lockDirectory(directory)()
})

test('a lock of a process that is gone is taken over', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  leaveLock({ pid: gone })
  lockDirectory(directory)()
  fs.writeFileSync(`${directory}.lock`, '{"pid":')
  lockDirectory(directory)()
})

test('one of another machine or container is respected, and it is said what to do when that is gone', () => {
  leaveLock({ host: 'another-host', pid: 1 })
  expect(() => lockDirectory(directory)).toThrow(
    `(process 1 on another-host). Stop that one first, or choose another DATA_DIR. If it is gone, with its machine or its container, delete ${directory}.lock.`,
  )
})
