import { execFileSync } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { createTaskThread, type TaskThread } from './taskThread.ts'

const ENTRY = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'
    let done = 0
    parentPort.on('message', task => {
      if (task === 'hang') for (;;);
      if (task === 'crash') process.exit(3)
      if (task === 'throw') throw new Error('thrown outside')
      if (task === 'refuse') parentPort.postMessage({ error: { name: 'RangeError', message: 'refused' } })
      else parentPort.postMessage({ result: task + ' ' + ++done })
    })
  `)}`,
)

let thread: TaskThread<string, string>
afterEach(() => thread.stop())
const begin = (deadlineMs = 10_000) => {
  thread = createTaskThread(ENTRY, deadlineMs)
}

test('tasks are done one after the other, in their order', async () => {
  begin()
  expect(await Promise.all(['a', 'b', 'c'].map(thread.run))).toEqual(['a 1', 'b 2', 'c 3'])
})

test('what a task refuses, it alone refuses', async () => {
  begin()
  const refused = thread.run('refuse')
  const next = thread.run('a')
  await expect(refused).rejects.toMatchObject({ name: 'RangeError', message: 'refused' })
  expect(await next).toBe('a 1')
})

test.each<[string, string]>([
  ['crash', 'ended with 3'],
  ['throw', 'thrown outside'],
])('a thread that ends (%s) takes one task with it', async (how, reason) => {
  begin()
  const lost = thread.run(how)
  const next = thread.run('a')
  await expect(lost).rejects.toThrow(reason)
  expect(await next).toBe('a 1')
})

test('a task that takes too long is given up; the next one has a thread again', async () => {
  begin(500)
  const lost = thread.run('hang')
  const next = thread.run('a')
  await expect(lost).rejects.toThrow('too long')
  expect(await next).toBe('a 1')
})

test('when it is stopped, what is unfinished rejects, and what comes later', async () => {
  begin()
  const unfinished = [thread.run('hang'), thread.run('a')].map(task => expect(task).rejects.toThrow('stopped'))
  await thread.stop()
  await Promise.all(unfinished)
  await expect(thread.run('b')).rejects.toThrow('stopped')
})

test('a process waits for its tasks, and ends when there are none left', () => {
  const script = `
    import { runTypeScript } from './scripts/typescript.mjs'
    await runTypeScript()
    const { createTaskThread } = await import('./voice/speech/taskThread.ts')
    console.log(await createTaskThread(new URL(process.argv[1]), 10_000).run('a'))
  `
  const args = ['--input-type=module', '-e', script, ENTRY.href]
  const root = new URL('../../', import.meta.url)
  expect(execFileSync(process.execPath, args, { cwd: root, timeout: 10_000, encoding: 'utf8' })).toBe('a 1\n')
})
