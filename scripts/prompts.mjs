import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { runTypeScript } from './typescript.mjs'

/**
 * Makes the phrases and the music that come with Ringside (voice/speech/prompts) anew: a developer's tool. English is spoken by flite,
 * Spanish by espeak-ng, which has to be installed. Files that nothing names any more are deleted.
 */

await runTypeScript()
const { everyPhrase } = await import('../core/phrase.ts')
const { promptsOf } = await import('../core/flow.ts')
const { starterFlow } = await import('../core/starterFlow.ts')
const { toSound } = await import('../voice/speech/convert.ts')
const { speak } = await import('../voice/speech/flite.ts')
const { readWav } = await import('../voice/speech/wav.ts')
const { encodeSound, readSound } = await import('../voice/sound.ts')
const { HOLD_MUSIC } = await import('../voice/speech/bundled.ts')
const { holdMusicPcm } = await import('../voice/holdMusic.ts')

const folder = new URL('../voice/speech/prompts/', import.meta.url)
/** Bits a second: as much as a voice of 16 kHz needs. */
const BITRATE = 16_000
const MUSIC_BITRATE = 32_000
/** Loudness while somebody speaks, the same for all voices: root mean square of full scale. */
const LOUDNESS = 0.11
const SILENCE_BELOW = 0.01

/** How a voice reads the two keys that are no digits. */
const KEYS = { en: { '*': 'star', '#': 'pound' }, es: { '*': 'asterisco', '#': 'numeral' } }
const VOICES = { en: speak, es: speakSpanish }

async function speakSpanish(text) {
  const file = path.join(os.tmpdir(), `ringside-prompt-${process.pid}.wav`)
  // Latin American, somewhat slower than usual: a synthetic voice on a telephone takes more attention than a person's.
  execFileSync('espeak-ng', ['-v', 'es-419', '-s', '140', '-p', '42', '-g', '2', '-w', file, '--stdin'], {
    input: text,
  })
  const pcm = readWav(fs.readFileSync(file))
  fs.rmSync(file)
  return pcm
}

/** The same loudness for everything, without the silence around it but for a tenth of a second. */
function evened({ rate, samples }) {
  const loud = index => Math.abs(samples[index]) > SILENCE_BELOW
  let [first, last] = [0, samples.length - 1]
  while (first < last && !loud(first)) first++
  while (last > first && !loud(last)) last--
  const margin = Math.round(rate / 10)
  const heard = samples.slice(Math.max(0, first - margin), last + margin)
  const spoken = heard.filter(sample => Math.abs(sample) > SILENCE_BELOW)
  const now = Math.sqrt(spoken.reduce((sum, sample) => sum + sample * sample, 0) / spoken.length)
  const peak = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  const gain = Math.min(LOUDNESS / now, 0.95 / peak)
  return { rate, samples: heard.map(sample => sample * gain) }
}

const starter = Object.values(starterFlow({ sales: '', support: '', hr: '' }).nodes)
  .flatMap(promptsOf)
  .flatMap(({ spoken }) => Object.entries(spoken.text))
  .map(([language, text]) => ({ language, text }))
const wanted = [...everyPhrase('en'), ...everyPhrase('es'), ...starter].map(({ language, text }) => ({
  language: language.split('-')[0],
  text,
}))

const NAMES = { '*': 'star', '#': 'pound' }
const slug = text =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[*#]/g, key => NAMES[key])
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)

/** A file that would sound the same stays as it is: files of Opus differ by a number drawn at random. */
async function update(file, sound, bitrate = BITRATE) {
  const fresh = `${file}.part`
  await encodeSound(sound, fresh, { bitrate })
  const before = fs.existsSync(file) ? await readSound(file) : []
  if (isDeepStrictEqual(before, await readSound(fresh))) fs.rmSync(fresh)
  else fs.renameSync(fresh, file)
}

const made = []
for (const { language, text } of wanted) {
  const file = `${language}/${slug(text)}.opus`
  if (made.some(each => each.file === file)) throw new Error(`two phrases are called ${file}`)
  const readable = text.replace(/[*#]/g, key => KEYS[language][key])
  fs.mkdirSync(new URL(`${language}/`, folder), { recursive: true })
  const sound = toSound(evened(await VOICES[language](readable)))
  await update(fileURLToPath(new URL(file, folder)), sound)
  made.push({ language, text, file })
}
await update(HOLD_MUSIC, holdMusicPcm(), MUSIC_BITRATE)
fs.writeFileSync(new URL('prompts.json', folder), `${JSON.stringify(made, null, 2)}\n`)

for (const file of fs.readdirSync(folder, { recursive: true })) {
  const name = file.split(path.sep).join('/')
  if (name.endsWith('.opus') && name !== path.basename(HOLD_MUSIC) && !made.some(each => each.file === name))
    fs.rmSync(new URL(name, folder))
}
const bytes = made.reduce((sum, { file }) => sum + fs.statSync(new URL(file, folder)).size, 0)
console.log(`${made.length} phrases, ${Math.round(bytes / 1000)} kB`)
