/** An XML element: its children are elements and text in their order. */
export interface Element {
  name: string
  attributes: Record<string, string>
  children: (Element | string)[]
}

export const element = (
  name: string,
  attributes: Record<string, string | number> = {},
  ...children: Element['children']
): Element => ({
  name,
  attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])),
  children,
})

export const elementsIn = ({ children }: Element): Element[] => children.filter(child => typeof child !== 'string')

export const textIn = ({ children }: Element): string => children.filter(child => typeof child === 'string').join('')

const NAME = /[A-Za-z_][\w.-]*/y
const SPACE = /\s*/y
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * Reads the little XML that scripts for telephones are written in: elements, attributes, text and the five entities. It
 * is stricter than any real parser, so that markup smuggled in by a caller's name shows. Throws on all else.
 */
export function readMarkup(source: string): Element {
  let at = 0
  const fail = (wanted: string): never => {
    throw new SyntaxError(`${wanted} expected at ${at}: ${source.slice(at, at + 60)}`)
  }
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(source)?.[0] ?? fail(String(pattern))
    at += found.length
    return found
  }
  const take = (literal: string): void => {
    if (!source.startsWith(literal, at)) fail(literal)
    at += literal.length
  }
  const decode = (raw: string): string => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: characters that XML cannot hold are looked for
    if (/[<\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(raw)) fail('text')
    return raw.replace(/&(#x?[0-9A-Fa-f]+|[a-z]+)?;?/g, (entity, name: string | undefined) => {
      if (name === undefined || !entity.endsWith(';')) return fail('an entity')
      if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16))
      if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
      return ENTITIES[name] ?? fail('a known entity')
    })
  }
  const read = (): Element => {
    take('<')
    const made = element(match(NAME))
    for (match(SPACE); /[A-Za-z_]/.test(source[at] ?? ''); match(SPACE)) {
      const name = match(NAME)
      if (Object.hasOwn(made.attributes, name)) fail('an attribute that is not there yet')
      take('="')
      made.attributes[name] = decode(match(/[^"]*/y))
      take('"')
    }
    if (source.startsWith('/>', at)) {
      take('/>')
      return made
    }
    take('>')
    while (!source.startsWith('</', at)) {
      if (source[at] === '<') made.children.push(read())
      else if (at < source.length) made.children.push(decode(match(/[^<]+/y)))
      else fail('an end tag')
    }
    take(`</${made.name}>`)
    return made
  }
  take('<?xml version="1.0" encoding="UTF-8"?>')
  const root = read()
  if (at < source.length) fail('the end')
  return root
}
