import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * A server that closes waits for every connection, whatever has become of it: a request, a stream, a WebSocket, or
 * nothing yet. By itself it ends those that are idle at that moment, and no others.
 *
 * @returns what lets be answered what is being answered, and ends after `graceMs` all connections that are left. To be
 * called when the server is closed; resolves when it is.
 */
export function createDrain(server: Server): (graceMs: number) => Promise<void> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return async graceMs => {
    const closed = new Promise(resolve => server.once('close', resolve))
    // A connection on which an answer ends from now on is not kept for another request.
    server.keepAliveTimeout = 1
    const cut = setTimeout(() => {
      for (const socket of open) socket.destroy()
    }, graceMs)
    await closed
    clearTimeout(cut)
  }
}
