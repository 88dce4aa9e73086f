import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { errorBody } from './errors.ts'
import { notFound } from './refusal.ts'

const BUILT = fileURLToPath(new URL('../../dist/dashboard/', import.meta.url))

/** Paths that programs talk to: what is not there is a 404 in JSON, never a page. */
const NOT_PAGES = /^\/(api|functions|socket\.io|media|healthz|readyz|assets)(\/|$)/

/** The customers' telephone, and the script that puts it into other people's pages. */
const PHONE = '/phone'
const WIDGET = '/widget.js'

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0]!

/** What our pages may do. Scripts and styles come from our own files only: none is written into a page. */
const pagePolicy = (livekit: Config['livekit']): string[] => [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  ["connect-src 'self'", ...(livekit === null ? [] : carriersOf(livekit.apiUrl))].join(' '),
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
]

/** Calls between browsers go over sockets and, beforehand, questions to whoever carries them. */
function carriersOf(apiUrl: string): string[] {
  const { protocol, host } = new URL(apiUrl)
  const secure = protocol === 'https:' || protocol === 'wss:'
  return secure ? [`wss://${host}`, `https://${host}`] : [`ws://${host}`, `http://${host}`]
}

/** What is not mentioned stays as browsers have it: our own pages may choose a loudspeaker and write to the clipboard. */
const PERMISSIONS_POLICY = [
  'microphone=(self)',
  ...['camera', 'geolocation', 'display-capture', 'payment', 'usb', 'serial', 'hid', 'midi'].map(
    feature => `${feature}=()`,
  ),
].join(', ')

/** The headers of every answer, whatever it is, also of those that are not the framework's (Socket.IO). */
export function headersOf(config: Config, path: string): Record<string, string> {
  // Nobody is signed in on the phone page, and it is made to be shown in other people's pages.
  const frames = path === PHONE ? '*' : "'none'"
  return {
    'content-security-policy': [...pagePolicy(config.livekit), `frame-ancestors ${frames}`].join('; '),
    'permissions-policy': PERMISSIONS_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': path === WIDGET ? 'cross-origin' : 'same-origin',
    ...(config.publicUrl?.startsWith('https:') && {
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    }),
    // Answers hold personal data, and some of them keys: nobody on the way keeps a copy.
    ...(NOT_PAGES.test(path) && !path.startsWith('/assets/') && { 'cache-control': 'no-store' }),
  }
}

export function secureHeaders(http: FastifyInstance, config: Config): void {
  http.addHook('onRequest', async (request, reply) => {
    reply.headers(headersOf(config, pathOf(request)))
  })
}

/** The dashboard and the phone page: their files, and the dashboard's one page for every address that is not a program's. */
export function servePages(http: FastifyInstance): void {
  const page = `${BUILT}index.html`
  if (!fs.existsSync(page)) return // the API alone, as in tests that need no page
  http.register(fastifyStatic, {
    root: BUILT,
    index: false,
    wildcard: false,
    // The build leaves a brotli and a gzip copy beside each file.
    preCompressed: true,
    // Ours, below: its own would overwrite them.
    cacheControl: false,
    // Built files carry their content's hash in their names.
    setHeaders: (response, path) =>
      void response.setHeader(
        'cache-control',
        path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  })
  http.get(PHONE, (_request, reply) => reply.header('cache-control', 'no-cache').sendFile('phone.html'))
  http.get('/*', async (request, reply) => {
    const path = pathOf(request)
    if (NOT_PAGES.test(path)) return reply.code(404).send(errorBody(notFound('page')))
    return reply.header('cache-control', 'no-cache').sendFile('index.html')
  })
}
