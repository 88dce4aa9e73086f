import { Html, html } from './html.ts'
import { codeBlock, renderInline, renderMarkdown } from './markdown.ts'
import type { OpenApi, OpenApiOperation, Parameter } from './openapi.ts'
import { nameOf, type Schema } from './schemas.ts'

/** A text for people who integrate, from `docs/`. */
export interface Guide {
  /** Its file's name without the ending. */
  name: string
  title: string
  source: string
}

/** The documentation: pages without scripts, each made of the OpenAPI document and the guides. */
export interface DocsPages {
  /** HTML of the page at this path below `/docs`; null when there is none. `baseUrl`: where examples send requests. */
  render(path: string, baseUrl: string): string | null
}

export function createDocsPages(api: OpenApi, guides: Guide[]): DocsPages {
  const tags = api.tags.map(({ name }) => ({ name, slug: slugOfTag(name) }))
  const first = guides[0]
  const resolve = (href: string): string | null => {
    if (/^(https?:|#)/.test(href)) return href
    const name = /^(?:\.\/|docs\/)?([\w-]+)\.md(#.*)?$/.exec(href)
    return name && guides.some(guide => guide.name === name[1]) ? `/docs/guides/${name[1]}${name[2] ?? ''}` : null
  }

  function page(path: string, title: string, content: Html): string {
    const link = (href: string, label: string) =>
      html`<li><a href="${href}"${href === path && new Html(' aria-current="page"')}>${label}</a></li>`
    const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Ringside</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><a href="/docs">Ringside API</a> <a href="/openapi.json">OpenAPI</a></header>
<div class="page">
<nav aria-label="Documentation">
<h2>Guides</h2>
<ul>${guides.map(guide => link(guide === first ? '/docs' : `/docs/guides/${guide.name}`, guide.title))}</ul>
<h2>Operations</h2>
<ul>${tags.map(({ name, slug }) => link(`/docs/${slug}`, name))}</ul>
<ul>${link('/docs/shapes', 'Shapes')}</ul>
</nav>
<main id="content" tabindex="-1">${content}</main>
</div>
</body>
</html>
`
    return text.text
  }

  const guidePage = (path: string, guide: Guide) => page(path, guide.title, renderMarkdown(guide.source, resolve))

  return {
    render(path, baseUrl) {
      if (path === '/docs') return first ? guidePage(path, first) : page(path, 'API', html`<h1>Ringside API</h1>`)
      const [, kind, name] = /^\/docs\/([\w-]+)(?:\/([\w-]+))?$/.exec(path) ?? []
      if (kind === 'guides') {
        const guide = guides.find(guide => guide.name === name)
        return guide ? guidePage(path, guide) : null
      }
      if (name !== undefined) return null
      if (kind === 'shapes') return page(path, 'Shapes', shapesPage(api))
      const tag = tags.find(({ slug }) => slug === kind)
      return tag ? page(path, tag.name, tagPage(api, tag.name, baseUrl)) : null
    },
  }
}

/** `API keys` → `api-keys`. */
export const slugOfTag = (tag: string): string => tag.toLowerCase().replaceAll(' ', '-')

const say = (text: string | undefined): Html | null => (text === undefined ? null : renderInline(text))

function tagPage(api: OpenApi, tag: string, baseUrl: string): Html {
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  return html`<h1>${tag}</h1>
<ul class="contents">${operations.map(
    ({ method, path, operation }) =>
      html`<li><a href="#${operation.operationId}"><code>${method} ${path}</code></a></li>`,
  )}</ul>
${operations.map(each => operationSection(api, each, baseUrl))}`
}

interface Answer {
  description: string
  content: { 'application/json': { schema: Schema } }
}

function operationSection(
  api: OpenApi,
  { method, path, operation }: { method: string; path: string; operation: OpenApiOperation },
  baseUrl: string,
): Html {
  const { operationId, summary, description, requestBody, responses } = operation
  const parameters = operation.parameters.filter((parameter): parameter is Parameter => 'name' in parameter)
  const body = requestBody?.content['application/json']
  const answers = Object.entries(responses).filter(([status]) => status < '300') as [string, Answer][]
  const failures = Object.entries(responses).filter(([status]) => status >= '400')
  return html`
<section aria-labelledby="${operationId}">
<h2 id="${operationId}"><code>${method} ${path}</code></h2>
<p>${say(summary)}</p>
<p class="soft">${say(description)} In the typed client: <code>${operationId}</code>.</p>
${codeBlock(curlOf({ method, path, operation, baseUrl }))}
${
  parameters.length > 0 &&
  html`<h3>Parameters</h3>
<ul class="fields">${parameters.map(
    ({ name, required, description, schema }) =>
      html`<li>${fieldLine(name, required, schema)}${description !== undefined && html` ${say(description)}`}</li>`,
  )}</ul>`
}
${body ? html`<h3>Body</h3>${fieldsOf(body.schema)}` : null}
<h3>Answer ${answers.length === 1 && html`<code>${answers[0]![0]}</code>`}</h3>
${
  answers.length > 1 &&
  html`<ul class="fields">${answers.map(
    ([status, { description }]) => html`<li><code>${status}</code> ${say(description)}</li>`,
  )}</ul>`
}
${fieldsOf(answers[0]![1].content['application/json'].schema)}
<h3>Errors</h3>
<ul class="fields">${failures.map(([status, failure]) => {
    const { $ref } = failure as { $ref: string }
    const errors = api.components.responses as Record<string, { description: string }>
    return html`<li><code>${status}</code> ${say(errors[$ref.split('/').at(-1)!]?.description)}</li>`
  })}</ul>
</section>`
}

function shapesPage(api: OpenApi): Html {
  return html`<h1>Shapes</h1>
<p>What the operations have in common.</p>
${Object.entries(api.components.schemas).map(
  ([name, schema]) => html`
<section aria-labelledby="${name}">
<h2 id="${name}">${name}</h2>
${schema.description !== undefined && html`<p>${say(schema.description)}</p>`}
${fieldsOf(schema)}
</section>`,
)}`
}

/** The fields of an object, or what else a value is, in words. */
function fieldsOf(schema: Schema): Html {
  const inner = objectIn(schema)
  if (inner === null) {
    const variants = schema.oneOf ?? schema.anyOf?.filter(variant => variant.type !== 'null')
    if (variants && variants.length > 1 && !variants.some(variant => variant.$ref)) {
      return html`<p>One of:</p><ul class="fields">${variants.map(variant => html`<li>${typeOf(variant)}${fieldsOf(variant)}</li>`)}</ul>`
    }
    return html`<p>${typeOf(schema)}</p>`
  }
  const fields = Object.entries(inner.properties ?? {})
  if (fields.length === 0) return html`<p>${typeOf(schema)}</p>`
  return html`<ul class="fields">${fields.map(([name, field]) => {
    const nested = objectIn(field)
    return html`<li>${fieldLine(name, inner.required?.includes(name) ?? false, field)}${
      field.description !== undefined && html` ${say(field.description)}`
    }${nested?.properties ? fieldsOf(nested) : null}</li>`
  })}</ul>`
}

/** The object that a schema is, or is a list of, where it is written out in place. */
function objectIn(schema: Schema): Schema | null {
  if (schema.properties) return schema
  if (schema.items) return objectIn(schema.items)
  const variants = (schema.anyOf ?? schema.oneOf)?.filter(({ type }) => type !== 'null') ?? []
  return variants.length === 1 ? objectIn(variants[0]!) : null
}

const fieldLine = (name: string, required: boolean, schema: Schema): Html =>
  html`<code>${name}</code> <span class="soft">${typeOf(schema)}${required ? '' : ', optional'}</span>`

const JSON_TYPES: Record<string, string> = {
  integer: 'whole number',
  array: 'list',
  boolean: 'true or false',
  string: 'text',
}
const FORMATS: Record<string, string> = {
  uuid: 'id',
  'date-time': 'time',
  date: 'date',
  email: 'e-mail address',
  uri: 'URL',
}

/** What a value is, in a few words; named shapes are links. */
function typeOf(schema: Schema): Html {
  if (schema.$ref) {
    const name = nameOf(schema.$ref)
    return html`<a href="/docs/shapes#${name}">${name}</a>`
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`
  if (schema.enum)
    return html`${schema.enum.map((value, index) => html`${index > 0 && ' | '}<code>${String(value)}</code>`)}`
  const variants = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (variants) return html`${variants.map((variant, index) => html`${index > 0 && ' or '}${typeOf(variant)}`)}`
  if (schema.items) return html`list of ${typeOf(schema.items)}`
  const types = [schema.type ?? 'any']
    .flat()
    .map(type => (type === 'string' && FORMATS[schema.format ?? '']) || (JSON_TYPES[type] ?? type))
  return html`${types.join(' or ')}${rangeOf(schema)}`
}

/** Bounds that say something: the largest numbers there are do not. */
function rangeOf({ minimum, maximum, maxLength }: Schema): string {
  const upTo = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : null
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER && upTo !== null) return `, ${minimum} to ${upTo}`
  if (upTo !== null) return `, at most ${upTo}`
  return maxLength === undefined ? '' : `, at most ${maxLength} characters`
}

const CREDENTIALS: Record<string, string> = {
  key: '-H "x-api-key: $API_KEY"',
  cookie: '-b cookies.txt',
  bearer: '-H "Authorization: Bearer $TOKEN"',
}
const IDS = '0198a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b'

/** The request as a line of shell. */
function curlOf({
  method,
  path,
  operation,
  baseUrl,
}: {
  method: string
  path: string
  operation: OpenApiOperation
  baseUrl: string
}): string {
  const required = operation.parameters.filter(
    (each): each is Parameter => 'in' in each && each.in === 'query' && each.required,
  )
  const query = required.length === 0 ? '' : `?${required.map(({ name }) => `${name}=${IDS}`).join('&')}`
  const url = `${baseUrl}${path.replace(/\{\w+\}/g, IDS)}${query}`
  const [kind] = Object.keys(operation.security[0] ?? {})
  const example = operation.requestBody?.content['application/json'].example
  const parts = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${query ? `'${url}'` : url}`,
    ...(kind ? [CREDENTIALS[kind]!] : []),
    ...(example === undefined
      ? []
      : ['-H "Content-Type: application/json"', `-d '${JSON.stringify(example).replaceAll("'", "'\\''")}'`]),
  ]
  return parts.join(' \\\n  ')
}
