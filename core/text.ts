/**
 * Text from outside, made safe to store and to show: control characters (but tab and line feed) and lone
 * surrogates go, because PostgreSQL refuses U+0000 and TwiML builders throw on the rest. HTML is left alone: every
 * screen renders text as text.
 */
export function cleanText(raw: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
  return raw.toWellFormed().replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, '')
}

/** One line of at most `max` characters, or null when nothing readable is left. */
export function cleanLine(raw: string | null | undefined, max = 200): string | null {
  if (raw == null) return null
  const line = cleanText(raw).replace(/\s+/g, ' ').trim()
  return line === '' ? null : line.slice(0, max).toWellFormed()
}
