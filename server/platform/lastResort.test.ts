import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** A process that fails so, and everything that it prints. */
function fail(how: string): { status: number | null; printed: string } {
  const here = import.meta.dirname
  const program = `
    import { endOnSurprise } from '${here}/lastResort.ts'
    import { createLog } from '${here}/log.ts'
    endOnSurprise(createLog('error'))
    const error = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (name)=(Jane Doe)' })
    setTimeout(() => { ${how} })
    setTimeout(() => console.log('goes on'), 1000)
  `
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, printed: stdout + stderr }
}

test.each([
  ['an error', 'throw error'],
  ['a promise', 'void Promise.reject(error)'],
])('%s that nobody catches is logged without what hangs on it, and ends the process', (_, how) => {
  const { status, printed } = fail(how)
  expect(status).toBe(1)
  expect(JSON.parse(printed)).toMatchObject({ level: 60, err: { message: 'duplicate key', code: '23505' } })
  expect(printed).not.toContain('Jane')
})
