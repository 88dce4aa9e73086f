import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** Somebody else's server at its quickest: takes everything, and tells how much that was. */
let count = 0
const server = http.createServer(async (request, response) => {
  if (request.method === 'GET') return void response.end(String(count))
  for await (const _chunk of request);
  count++
  response.end()
})
server.listen(0, '127.0.0.1', () =>
  console.log(`Receiver is ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`),
)
process.on('SIGTERM', () => process.exit(0))
