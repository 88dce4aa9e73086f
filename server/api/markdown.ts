import { Html, html } from './html.ts'

/** Where a link of a guide leads on the page; null: it is shown as text. */
export type Resolve = (href: string) => string | null

/**
 * As much Markdown as our own guides use: headings, paragraphs, lists, tables, fenced code, and in a line code, bold,
 * italics and links. What is not known stays text, and nothing in it becomes HTML.
 */
export function renderMarkdown(source: string, resolve: Resolve = href => href): Html {
  const lines = source.replaceAll('\r\n', '\n').split('\n')
  const blocks: Html[] = []
  const inLine = (text: string) => renderInline(text, resolve)
  /** Takes lines as long as they belong together. */
  const takeWhile = (belongs: (line: string) => boolean): string[] => {
    const taken: string[] = []
    while (lines.length > 0 && belongs(lines[0]!)) taken.push(lines.shift()!)
    return taken
  }
  while (lines.length > 0) {
    const line = lines[0]!
    const heading = /^(#{1,6}) +(.*)$/.exec(line)
    if (line.trim() === '') lines.shift()
    else if (line.startsWith('```')) {
      lines.shift()
      const code = takeWhile(line => !line.startsWith('```'))
      lines.shift()
      blocks.push(codeBlock(code.join('\n')))
    } else if (heading) {
      lines.shift()
      const level = heading[1]!.length
      blocks.push(
        html`${new Html(`<h${level} id="${slugOf(heading[2]!)}">`)}${inLine(heading[2]!)}${new Html(`</h${level}>`)}`,
      )
    } else if (line.startsWith('|'))
      blocks.push(
        tableOf(
          takeWhile(line => line.startsWith('|')),
          inLine,
        ),
      )
    else if (ITEM.test(line)) {
      // An item goes on where a line is indented, and an empty line does not end the list if another item follows.
      const taken = takeWhile(line => ITEM.test(line) || /^\s+\S/.test(line))
      blocks.push(listOf(taken, inLine))
    } else blocks.push(html`<p>${inLine(takeWhile(isText).join(' '))}</p>`)
  }
  return html`${blocks}`
}

/** So that it can be scrolled by keyboard where a line is too long. */
export const codeBlock = (code: string): Html => html`<pre tabindex="0"><code>${code}</code></pre>`

export const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .trim()
    .replace(/ +/g, '-')

const ITEM = /^\s*([-*]|\d+\.) +/
const isText = (line: string): boolean => line.trim() !== '' && !/^(```|\||#{1,6} )/.test(line) && !ITEM.test(line)

function listOf(lines: string[], inLine: (text: string) => Html): Html {
  const indentOf = (line: string) => /^\s*/.exec(line)![0].length
  const indent = indentOf(lines[0]!)
  const items: { text: string; inner: string[] }[] = []
  for (const line of lines) {
    const item = items.at(-1)
    if (ITEM.test(line) && indentOf(line) <= indent) items.push({ text: line.replace(ITEM, ''), inner: [] })
    else if (item && (ITEM.test(line) || item.inner.length > 0)) item.inner.push(line)
    else if (item) item.text += ` ${line.trim()}`
  }
  const content = items.map(
    ({ text, inner }) => html`<li>${inLine(text)}${inner.length > 0 && listOf(inner, inLine)}</li>`,
  )
  return /^\s*\d/.test(lines[0]!) ? html`<ol>${content}</ol>` : html`<ul>${content}</ul>`
}

function tableOf(lines: string[], inLine: (text: string) => Html): Html {
  const cellsOf = (line: string) =>
    line
      .replace(/^\||\|\s*$/g, '')
      .split(/(?<!\\)\|/)
      .map(cell => inLine(cell.replaceAll('\\|', '|').trim()))
  const [head, rule, ...rows] = lines
  const body = rule && /^[\s|:-]+$/.test(rule) ? rows : lines.slice(1)
  return html`<div class="wide" tabindex="0"><table>
    <thead><tr>${cellsOf(head!).map(cell => html`<th scope="col">${cell}</th>`)}</tr></thead>
    <tbody>${body.map(row => html`<tr>${cellsOf(row).map(cell => html`<td>${cell}</td>`)}</tr>`)}</tbody>
  </table></div>`
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|(!?)\[([^\]]*)\]\(([^)\s]+)\)/

export function renderInline(text: string, resolve: Resolve = href => href): Html {
  const match = INLINE.exec(text)
  if (!match) return html`${text}`
  const [whole, code, bold, italic, picture, words, href] = match
  const inner = (part: string) => renderInline(part, resolve)
  const piece = () => {
    if (code !== undefined) return html`<code>${code}</code>`
    if (bold !== undefined) return html`<strong>${inner(bold)}</strong>`
    if (italic !== undefined) return html`<em>${inner(italic)}</em>`
    // Pictures are for those who read the repository.
    if (picture === '!') return html``
    const target = /^(https?:|mailto:|#|\/)/.test(href!) || !/^\w+:/.test(href!) ? resolve(href!) : null
    return target === null ? inner(words!) : html`<a href="${target}">${inner(words!)}</a>`
  }
  return html`${text.slice(0, match.index)}${piece()}${inner(text.slice(match.index + whole.length))}`
}
