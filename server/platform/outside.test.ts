import net, { type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createLog } from './log.ts'
import { checkServer, openOutside } from './outside.ts'

/** As much of a PostgreSQL server as a listener needs: whoever comes is let in, and every statement succeeds. */
function standIn() {
  const sockets = new Set<net.Socket>()
  let isUp = true
  let visits = 0
  const server = net.createServer(socket => {
    visits++
    if (!isUp) return void socket.destroy()
    sockets.add(socket)
    const ready = Buffer.from('Z\0\0\0\x05I')
    socket.once('data', () => {
      socket.write(Buffer.concat([Buffer.from('R\0\0\0\x08\0\0\0\0'), ready]))
      socket.on('data', () => socket.write(Buffer.concat([Buffer.from('C\0\0\0\x0bLISTEN\0'), ready])))
    })
    socket.on('error', () => {})
  })
  return {
    listen: () =>
      new Promise<string>(resolve =>
        server.listen(0, '127.0.0.1', () =>
          resolve(`postgres://u@127.0.0.1:${(server.address() as AddressInfo).port}/d`),
        ),
      ),
    goDown() {
      isUp = false
      visits = 0
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    comeBack() {
      isUp = true
    },
    visits: () => visits,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

test('a listener that has lost its server asks for it once a second, and hears again when it is back', async () => {
  const server = standIn()
  const engine = openOutside(await server.listen(), createLog('silent'))
  let reconnected = 0
  await engine.listen(
    'events',
    () => {},
    () => void reconnected++,
  )
  server.goDown()
  await sleep(4500)
  expect(server.visits()).toBeGreaterThanOrEqual(3)
  expect(server.visits()).toBeLessThanOrEqual(5)
  expect(reconnected).toBe(0)
  server.comeBack()
  await sleep(1500)
  expect(reconnected).toBe(1)
  await engine.close()
  server.close()
})

test.each([
  ['14.12 (Debian 14.12-1)', /PostgreSQL 14\.12 .*needs 15 or later/],
  ['15.8', null],
  ['18devel', null],
])('a server of version %s is refused when it is too old', async (version, refusal) => {
  const connect = async () => ({ query: async () => [{ server_version: version }] as never, release: () => {} })
  if (refusal === null) await checkServer({ connect })
  else await expect(checkServer({ connect })).rejects.toThrow(refusal)
})

test('why a server cannot be used is said by the name of the variable, and without its password', async () => {
  const engine = openOutside('postgres://u:secret@127.0.0.1:1/d', createLog('silent'))
  const error = await checkServer(engine).catch(thrown => thrown as Error)
  expect(String(error)).toMatch(/DATABASE_URL cannot be used\. Nothing listens there \(127\.0\.0\.1:1\)/)
  expect(String(error)).not.toContain('secret')
  await engine.close()
})
