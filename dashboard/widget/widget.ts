/*
 * A call button for other people's pages:
 *   <script src="https://calls.example.com/widget.js" data-number="+12025550100" async></script>
 * It opens the phone page in a frame, which alone talks to us: this script touches nothing of the page around it but its
 * own element, and styles nothing but that. See docs/widget.md.
 */

// A function of its own: a classic script's names would be everybody's on that page.
;((script: HTMLScriptElement): void => {
  const PHONE_ICON =
    'M13.8 16.6a1 1 0 0 0 1.2-.3l.4-.5a2 2 0 0 1 1.6-.8h3a2 2 0 0 1 2 2v3a2 2 0 0 1-2 2A18 18 0 0 1 2 4a2 2 0 0 1 2-2h3a2 2 0 0 1 2 2v3a2 2 0 0 1-.8 1.6l-.5.4a1 1 0 0 0-.3 1.2 14 14 0 0 0 6.4 6.4'

  const STYLE = `
:host { all: initial; position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; color-scheme: light dark;
  font: 600 16px/1 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
button { display: flex; align-items: center; gap: 10px; margin-left: auto; min-width: 56px; height: 56px; padding: 0 16px;
  border: 0; border-radius: 28px; background: light-dark(#1d4fd7, #8fb0ff); color: light-dark(#fff, #0a1226);
  font: inherit; cursor: pointer; box-shadow: 0 6px 20px rgb(0 0 0 / .25); }
button:hover { background: light-dark(#173fae, #b0c7ff); }
button:focus-visible { outline: 3px solid light-dark(#1d4fd7, #8fb0ff); outline-offset: 3px; }
svg { width: 24px; height: 24px; flex: none; }
iframe { display: block; width: 360px; max-width: calc(100vw - 40px); height: 640px; max-height: calc(100vh - 112px);
  margin-bottom: 16px; border: 1px solid light-dark(#e2e5ea, #262d37); border-radius: 16px; background: light-dark(#fff, #15191f);
  box-shadow: 0 12px 40px rgb(0 0 0 / .3); }
[hidden] { display: none; }
`

  const { number, name, label = 'Call us', lang } = script.dataset
  const page = new URL('/phone', script.src)
  page.searchParams.set('embed', '')
  for (const [parameter, value] of Object.entries({ number, name, lang }))
    if (value) page.searchParams.set(parameter, value)

  const host = document.createElement('ringside-call')
  const root = host.attachShadow({ mode: 'open' })
  const style = new CSSStyleSheet()
  style.replaceSync(STYLE)
  root.adoptedStyleSheets = [style]

  const button = document.createElement('button')
  button.type = 'button'
  button.setAttribute('aria-expanded', 'false')
  const icon = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  for (const [attribute, value] of Object.entries({ viewBox: '0 0 24 24', 'aria-hidden': 'true', fill: 'none' }))
    icon.setAttribute(attribute, value)
  for (const [attribute, value] of Object.entries({ d: PHONE_ICON, stroke: 'currentColor', 'stroke-width': '2' }))
    line.setAttribute(attribute, value)
  icon.append(line)
  button.append(icon, label)
  root.append(button)

  /** Made when it is first wanted, and kept: closing the panel must not hang up. */
  let frame: HTMLIFrameElement | null = null

  function openFrame(): HTMLIFrameElement {
    const made = document.createElement('iframe')
    made.title = label
    made.allow = 'microphone; autoplay; speaker-selection'
    made.src = page.href
    root.insertBefore(made, button)
    return made
  }

  /** `grab`: somebody at this page has asked for it, and goes on in there. */
  function show(open: boolean, grab = true): void {
    if (open) frame ??= openFrame()
    if (frame) frame.hidden = !open
    button.setAttribute('aria-expanded', String(open))
    if (!grab) return
    if (open) frame?.focus()
    else button.focus()
  }

  button.addEventListener('click', () => show(frame === null || frame.hidden !== false))
  host.addEventListener('keydown', event => {
    if (event.key === 'Escape' && frame && !frame.hidden) show(false)
  })
  // Somebody calls the phone, which may be out of sight.
  window.addEventListener('message', ({ source, origin, data }) => {
    if (frame !== null && source === frame.contentWindow && origin === page.origin && data === 'ringside:incoming')
      show(true, false)
  })
  const attach = () => document.body.append(host)
  if (document.body) attach()
  else document.addEventListener('DOMContentLoaded', attach)
})(document.currentScript as HTMLScriptElement)
