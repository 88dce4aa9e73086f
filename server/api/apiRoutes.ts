import fs from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { createSessionCookie } from '../access/sessionCookie.ts'
import type { App } from '../app.ts'
import { errorBody } from '../platform/errors.ts'
import { notFound } from '../platform/refusal.ts'
import { createDocsPages, type DocsPages, type Guide } from './docsPages.ts'
import { describeApi, type OpenApi } from './openapi.ts'
import type { Operation } from './operations.ts'

/** In the order in which somebody who integrates needs them; the first is the documentation's own first page. */
const GUIDES = [
  'api',
  'crm-api',
  'contacts',
  'webhooks',
  'recordings',
  'privacy',
  'audit',
  'connectors',
  'widget',
  'voip',
  'glossary',
]

const read = (path: string): string => fs.readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/**
 * `/openapi.json` and `/docs`: for everybody, since they hold nothing that is not in the repository.
 *
 * @param operations all that are served, once they are asked for the first time (`noteOperations`).
 */
export function apiRoutes(http: FastifyInstance, app: App, operations: Operation[]): void {
  const style = read('server/api/docs.css')
  let made: { api: OpenApi; pages: DocsPages } | null = null
  /** Made on the first question: by then all routes are there. */
  const documentation = () => {
    if (made === null) {
      const { version } = JSON.parse(read('package.json')) as { version: string }
      const api = describeApi(operations, { version, cookie: createSessionCookie(app.config.publicUrl).name })
      made = { api, pages: createDocsPages(api, readGuides()) }
    }
    return made
  }

  http.get('/openapi.json', (_request, reply) => reply.header('cache-control', 'no-cache').send(documentation().api))
  http.get('/docs/style.css', (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/css; charset=utf-8').send(style),
  )
  for (const path of ['/docs', '/docs/*']) {
    http.get(path, (request, reply) => {
      const page = documentation().pages.render(request.url.split(/[?#]/)[0]!, app.addresses[0] ?? '')
      if (page === null) return reply.code(404).send(errorBody(notFound('page')))
      return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page)
    })
  }
}

const readGuides = (): Guide[] =>
  GUIDES.filter(name => fs.existsSync(new URL(`../../docs/${name}.md`, import.meta.url))).map(name => {
    const source = read(`docs/${name}.md`)
    return { name, source, title: /^# (.*)$/m.exec(source)?.[1]?.replace(/[`*]/g, '') ?? name }
  })
