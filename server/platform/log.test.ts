import { expect, test } from 'vitest'
import { onBothDatabases } from '../../test/support/databases.ts'
import { createLog } from './log.ts'

/** What is logged of whatever this throws. */
async function logged(work: () => unknown): Promise<string> {
  const lines: string[] = []
  const log = createLog('info', { write: line => void lines.push(line) })
  try {
    await work()
    throw new Error('nothing was thrown')
  } catch (error) {
    log.error({ err: error }, 'could not')
  }
  return lines.join('')
}

test('an error is logged with what it says, where it was, and what caused it', async () => {
  const line = await logged(() => {
    throw Object.assign(new TypeError('a workspace id is a UUID', { cause: new Error('the inner one') }), {
      code: 'E1',
    })
  })
  expect(JSON.parse(line)).toMatchObject({
    msg: 'could not',
    err: {
      type: 'TypeError',
      code: 'E1',
      message: 'a workspace id is a UUID',
      stack: expect.stringMatching(/^at .*log\.test\.ts/),
      cause: { type: 'Error', message: 'the inner one' },
    },
  })
})

test('what a library hangs on its errors is not logged: a request, with its credentials', async () => {
  const request = { headers: { authorization: 'Bearer secret' }, body: 'Jane Doe' }
  const line = await logged(() => {
    throw Object.assign(new Error('refused'), { request, response: { config: request }, parameters: ['Jane Doe'] })
  })
  expect(line).toContain('refused')
  expect(line).not.toMatch(/secret|Jane/)
})

test.each(['{"name": Jane Doe}', 'Jane Doe', '{"name": "Jane Doe"', '{"a": "Jane Doe", b}'])(
  'what cannot be parsed is not quoted: %s',
  async text => {
    const line = await logged(() => JSON.parse(text))
    expect(line).toContain('SyntaxError')
    expect(line).not.toContain('Jane')
  },
)

onBothDatabases('what a database refuses is not quoted', open => {
  test.each([
    ['data', 'select $1::int'],
    ['data in JSON', 'select $1::jsonb'],
    ['a check', 'insert into custom_fields values (gen_random_uuid(), $1, $1, $1)'],
    ['something that is missing', "select 1 from workspaces where id = 'x' || $1"],
    ['what stands there already', 'insert into secrets_of_test values ($1), ($1)'],
  ])('%s', async (_name, statement) => {
    const { db, close } = await open()
    await db.asOwner(sql => sql.query('create table secrets_of_test (name text primary key)'))
    const line = await logged(() => db.asOwner(sql => sql.query(statement, ['Jane Doe'])))
    await close()
    expect(line).toMatch(/"severity":"ERROR"/)
    expect(line).not.toContain('Jane')
  })
})
