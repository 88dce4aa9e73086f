import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '../config.ts'
import { errorBody } from './errors.ts'
import { headersOf } from './pages.ts'
import { Refusal } from './refusal.ts'

/**
 * Answers what cannot even be read as a request, and ends the connection: in the contract's shape, with the headers of
 * every answer. No hook ever sees it.
 */
export const answerUnreadable =
  (config: Config) =>
  (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return
    const refusal = refusalOf(error.code)
    const body = JSON.stringify(errorBody(refusal))
    const headers = {
      ...headersOf(config, '/'),
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    const head = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`
    if (socket.writable) socket.write([head, ...lines, '', body].join('\r\n'))
    socket.destroy(error)
  }

function refusalOf(code: string | undefined): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refusal(408, 'too_slow', 'The request took too long to arrive.')
  if (code === 'HPE_HEADER_OVERFLOW') return new Refusal(431, 'too_large', 'The headers are too large: 16 KB at most.')
  return new Refusal(400, 'malformed_request', 'This is no HTTP request that can be read in one way only.')
}
