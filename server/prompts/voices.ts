import { access, rm, writeFile } from 'node:fs/promises'
import type { Media, Prompt } from '../../core/action.ts'
import type { Say } from '../../core/phrase.ts'
import { cleanLine } from '../../core/text.ts'
import { bundledFile, HOLD_MUSIC } from '../../voice/speech/bundled.ts'
import type { Studio } from '../../voice/speech/studio.ts'
import type { Config } from '../config.ts'
import { type Db, isUuid } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { fetchBytes } from '../platform/outgoing.ts'
import { promptFile, soundFolder } from './promptFiles.ts'
import { findRecordingOf } from './promptStore.ts'
import { createSoundCache } from './soundCache.ts'
import { askForSpeech } from './speechEndpoint.ts'

/** Where what callers hear comes from, as files that the voice engine plays (`voice/engine.ts`, `Sound`). */
export interface Voices {
  /**
   * The sound of a prompt. Asked again, or by several at once, it is made only once. Rejects when there is none: a
   * recording that is gone, an address that answers with no sound, nothing on this machine that speaks.
   *
   * What is to be said is, in this order: a recording of the workspace, a phrase that comes with Ringside, spoken by the
   * operator's speech endpoint, spoken in English.
   */
  soundOf(workspaceId: string, prompt: Prompt): Promise<{ file: string }>
  /** Has these ready before anybody waits for them. What fails is tried again when it is asked for. */
  warm(workspaceId: string, prompts: readonly Prompt[]): void
  /** Whether a text can be said by a voice of its language. Recordings are not looked at. */
  speaks(text: string, language: string): boolean
}

interface Means {
  config: Pick<Config, 'dataDir' | 'speech' | 'webhookAllowPrivate'>
  db: Pick<Db, 'inWorkspace'>
  log: Log
  studio: Studio
}

/** Characters of one prompt; what is longer is cut off. */
const MAX_TEXT = 1000
/** How long the speech endpoint is left alone after it has failed: callers would wait for its deadline each time. */
const PAUSE_MS = 30_000
const WEB_AGE_MS = 3600_000
const WEB_DEADLINE_MS = 20_000
const WEB_MAX_BYTES = 20_000_000

const isEnglish = (language: string): boolean => /^en(-|$)/i.test(language)

export function createVoices({ config, db, log, studio }: Means): Voices {
  const folder = soundFolder(config.dataDir)
  const cache = createSoundCache(folder)
  let pausedUntil = 0
  let warming: Promise<unknown> = Promise.resolve()

  async function say(workspaceId: string, { text: given, language }: Say): Promise<string> {
    const text = cleanLine(given, MAX_TEXT)
    if (text === null) throw new Error('there is nothing to say')
    return (
      (await recorded(workspaceId, text, language)) ??
      bundledFile(text, language) ??
      (await spokenElsewhere(text, language)) ??
      cache.fileFor(['flite', text], file => studio.speak(text, file))
    )
  }

  async function recorded(workspaceId: string, text: string, language: string): Promise<string | null> {
    try {
      const id = await db.inWorkspace(workspaceId, tx => findRecordingOf(tx, text, language))
      return id === null ? null : await recording(workspaceId, id)
    } catch (err) {
      // A database that cannot be reached just now, a file that is lost: the caller hears another voice.
      log.warn({ err, workspaceId }, 'a recorded prompt could not be looked up')
      return null
    }
  }

  async function recording(workspaceId: string, id: string): Promise<string> {
    if (!isUuid(id)) throw new Error('this is no recording')
    const file = promptFile(config.dataDir, workspaceId, id.toLowerCase())
    await access(file)
    return file
  }

  async function spokenElsewhere(text: string, language: string): Promise<string | null> {
    const { speech } = config
    if (speech === null) return null
    try {
      const { url, model, voice } = speech
      return await cache.fileFor(['endpoint', url, model, voice, language, text], async file => {
        if (Date.now() < pausedUntil) throw new Error('the speech endpoint has failed a moment ago')
        try {
          await convert(await askForSpeech(speech, text), file)
        } catch (err) {
          pausedUntil = Date.now() + PAUSE_MS
          log.warn({ err }, 'the speech endpoint cannot be used just now')
          throw err
        }
      })
    } catch {
      return null
    }
  }

  async function play(workspaceId: string, media: Media): Promise<string> {
    if (media === 'hold-music') return HOLD_MUSIC
    if (media.startsWith('prompt:')) return recording(workspaceId, media.slice('prompt:'.length))
    return cache.freshFileFor(['web', media], WEB_AGE_MS, async file => convert(await fetchSound(media), file))
  }

  async function fetchSound(url: string): Promise<Buffer> {
    const { status, body } = await fetchBytes({
      method: 'GET',
      url,
      body: null,
      headers: { accept: 'audio/*' },
      deadlineMs: WEB_DEADLINE_MS,
      maxBytes: WEB_MAX_BYTES,
      allowPrivate: config.webhookAllowPrivate,
    })
    if (status !== 200) throw new Error(`the address of a sound answered with ${status}`)
    return body
  }

  async function convert(sound: Buffer, file: string): Promise<void> {
    const source = `${file}.${process.pid}.part`
    try {
      await writeFile(source, sound)
      await studio.convert(source, file)
    } finally {
      await rm(source, { force: true })
    }
  }

  const soundOf: Voices['soundOf'] = async (workspaceId, prompt) => ({
    file: prompt.type === 'say' ? await say(workspaceId, prompt) : await play(workspaceId, prompt.media),
  })

  return {
    soundOf,
    warm(workspaceId, prompts) {
      // One after the other: whoever is on the line just now comes first.
      for (const prompt of prompts) {
        warming = warming
          .then(() => soundOf(workspaceId, prompt))
          .catch(err => log.info({ err, workspaceId }, 'a prompt could not be made ready'))
      }
    },
    speaks: (text, language) => isEnglish(language) || config.speech !== null || bundledFile(text, language) !== null,
  }
}
