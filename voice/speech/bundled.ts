import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** One line of `prompts/prompts.json`, which `scripts/prompts.mjs` writes. */
interface Bundled {
  /** Primary language, such as `es`. */
  language: string
  text: string
  /** In the folder of the list. */
  file: string
}

const FOLDER = new URL('./prompts/', import.meta.url)
const key = (language: string, text: string) => `${language.toLowerCase().split('-')[0]} ${text}`

/** What waiting callers hear unless something else is chosen; see `holdMusic.ts`. */
export const HOLD_MUSIC = fileURLToPath(new URL('hold-music.opus', FOLDER))

let files: Map<string, string> | undefined

/** The file of a phrase that comes with Ringside, in any region's form of its language; null when it is none of them. */
export function bundledFile(text: string, language: string): string | null {
  files ??= new Map(
    (JSON.parse(readFileSync(new URL('prompts.json', FOLDER), 'utf8')) as Bundled[]).map(prompt => [
      key(prompt.language, prompt.text),
      fileURLToPath(new URL(prompt.file, FOLDER)),
    ]),
  )
  return files.get(key(language, text)) ?? null
}
