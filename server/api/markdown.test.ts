import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderMarkdown } from './markdown.ts'

const rendered = (source: string) => renderMarkdown(source).text

test('renders what our guides are written in', () => {
  expect(rendered('# A *b* `c`\n\nOne\ntwo **three**.\n\n- x\n  y\n- z\n  - inner\n\n1. first\n2. second')).toBe(
    '<h1 id="a-b-c">A <em>b</em> <code>c</code></h1><p>One two <strong>three</strong>.</p>' +
      '<ul><li>x y</li><li>z<ul><li>inner</li></ul></li></ul><ol><li>first</li><li>second</li></ol>',
  )
  expect(rendered('```sh\na <b>\n# no heading\n```\nafter')).toBe(
    '<pre tabindex="0"><code>a &lt;b&gt;\n# no heading</code></pre><p>after</p>',
  )
  expect(rendered('| a | b |\n|---|---|\n| `x\\|y` | 2 |').replace(/\s+</g, '<')).toBe(
    '<div class="wide" tabindex="0"><table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead>' +
      '<tbody><tr><td><code>x|y</code></td><td>2</td></tr></tbody></table></div>',
  )
})

test('leads links where the page has them, and shows the others as text', () => {
  const resolve = (href: string) => (href.endsWith('.md') ? '/docs/guides/x' : href.startsWith('http') ? href : null)
  expect(
    renderMarkdown('[a](x.md) [b](https://e.org/) [c](../src.ts) [d](javascript:alert(1)) ![e](f.png)', resolve).text,
  ).toBe('<p><a href="/docs/guides/x">a</a> <a href="https://e.org/">b</a> c d) </p>')
})

test('never lets anything become HTML that is not of its own making', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '"',
    '`',
    '*',
    '**',
    '[',
    '](',
    ')',
    '|',
    '\n',
    '- ',
    '# ',
    '```',
    'a',
    'javascript:x',
    '&',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const tags = rendered(pieces.join('')).replace(
        /<\/?(h[1-6]|p|ul|ol|li|pre|code|div|table|thead|tbody|tr|th|td|strong|em|a)( (id|href|class|scope|tabindex)="[^"<>]*")*>/g,
        '',
      )
      expect(tags).not.toMatch(/[<>"]/)
      expect(rendered(pieces.join(''))).not.toMatch(/href="javascript/)
    }),
  )
})
