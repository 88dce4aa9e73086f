import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 120_000 })

const run = (...args: string[]) =>
  spawnSync(process.execPath, [path.resolve(import.meta.dirname, '../scripts/simulate.mjs'), ...args], {
    encoding: 'utf8',
    // What the machine warns of is not what the command says.
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })

test('one JSON object, the same for the same seed but for how fast it went', () => {
  const figures = () => {
    const { stdout, status } = run('--patience', '120', '--calls', '20000', '--seed', '7', '--json')
    expect(status).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const { calls_per_second, ...rest } = JSON.parse(stdout) as Record<string, number>
    expect(calls_per_second).toBeGreaterThan(0)
    return rest
  }
  const once = figures()
  expect(Object.keys(once)).toEqual(['calls', 'p_wait', 'mean_wait_s', 'sl20', 'p_abandon', 'occupancy', 'idle_cv2'])
  expect(once.calls).toBe(20_000)
  expect(figures()).toEqual(once)
})

test('a table for people, help for who asks, and a refusal that names what is wrong', () => {
  expect(run('--patience', '120', '--calls', '2000', '--priority-share', '0.3').stdout).toMatch(
    /high.*\n.*normal.*\n.*all/,
  )
  expect(run('--help').stdout).toContain('--calls-per-hour')
  const refused = run('--agents', 'none', '--colour', 'red')
  expect(refused.status).toBe(1)
  expect(refused.stdout).toBe('')
  expect(refused.stderr).toMatch(/--colour[\s\S]*--agents must be a number, not “none”/)
  expect(run('--suite', 'daily')).toMatchObject({ status: 1, stderr: expect.stringContaining('pull_request') })
})

test('with a fault on request: what polling every two seconds does to those who wait', () => {
  const waited = (...args: string[]) => {
    const { stdout } = run('--patience', '120', '--calls', '50000', '--seed', '7', '--json', ...args)
    return (JSON.parse(stdout) as { mean_wait_s: number }).mean_wait_s
  }
  expect(waited('--fault', 'poll-2000') - waited()).toBeGreaterThan(0.5)
  expect(run('--fault', 'gremlins').stderr).toMatch(/--fault must be one of lifo, .*any-agent, not “gremlins”/)
})
