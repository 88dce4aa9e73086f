import http from 'node:http'
import { Server } from 'socket.io'
import twilio from 'twilio/lib/webhooks/webhooks.js'
import { createDb } from '../server/platform/db.ts'
import { openEmbedded } from '../server/platform/embedded.ts'
import { createLog } from '../server/platform/log.ts'
import { openOutside } from '../server/platform/outside.ts'

/**
 * What the same machine does when the work is only to check a webhook's signature and pass it on: no matching, no state,
 * no log. With `insert`, each request also commits one row of its own before it is answered.
 */
const { MODE, TOKEN = '', DATA_DIR, DATABASE_URL } = process.env

const engine =
  MODE === 'insert'
    ? DATABASE_URL
      ? openOutside(DATABASE_URL, createLog('silent'))
      : await openEmbedded(`${DATA_DIR}/bare`, createLog('silent'))
    : null
if (engine) {
  await createDb(engine).asOwner(sql =>
    sql.query('create table if not exists bare (id bigserial primary key, call_sid text, body text)'),
  )
}

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', async () => {
    const body = Buffer.concat(chunks).toString()
    const fields = Object.fromEntries(new URLSearchParams(body))
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}${request.url}`
    if (!twilio.validateRequest(TOKEN, String(request.headers['x-twilio-signature']), url, fields)) {
      response.writeHead(403).end()
      return
    }
    if (engine) {
      const connection = await engine.connect()
      await connection.query('insert into bare (call_sid, body) values ($1, $2)', [fields.CallSid, body])
      connection.release()
    }
    io.emit('new-call', { call: { providerCallId: fields.CallSid, from: fields.From } })
    response.writeHead(200, { 'content-type': 'text/xml', 'content-length': 11 }).end('<Response/>')
  })
})
const io = new Server(server, { path: '/socket.io', serveClient: false, perMessageDeflate: false })
io.on('connection', socket => socket.on('join-call-center', (_message, acknowledge) => acknowledge?.({ ok: true })))
server.listen(0, '127.0.0.1', () => {
  console.log(`Ringside is ready at http://127.0.0.1:${(server.address() as { port: number }).port}`)
})
process.on('SIGTERM', () => process.exit(0))
