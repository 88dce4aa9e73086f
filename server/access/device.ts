/** What people call their browsers, most particular first: many say they are Chrome or Safari besides. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgi?A?(?:OS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*Safari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

const MAX_LENGTH = 60

/**
 * A browser and its system as people know them (`Firefox, Windows`), from the `User-Agent` header; the name of a program
 * that is no browser; null where nothing is said. Whoever sends it says what they like: it is shown, never believed.
 */
export function deviceOf(userAgent: string | undefined): string | null {
  if (userAgent === undefined) return null
  const named = [BROWSERS, SYSTEMS].flatMap(names => names.find(([sign]) => sign.test(userAgent))?.[1] ?? [])
  if (named.length > 0) return named.join(', ')
  return /^[\w.-]+/.exec(userAgent)?.[0].slice(0, MAX_LENGTH) ?? null
}
