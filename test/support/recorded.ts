import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type * as contract from '../../client/contract.ts'
import { decodeFile } from '../../voice/opusFile.ts'
import { ADMIN_API_KEY, type TestServer } from './server.ts'

/** From and to, in milliseconds from the beginning of the file. */
export type Stretch = [from: number, to: number]

const WINDOW = 960
const WINDOW_MS = 20

/** When a tone can be heard in each channel of a recording, to 20 ms; gaps of less than 100 ms are bridged. */
export async function stretchesOf(file: string, frequency: number): Promise<Stretch[][]> {
  const channels: Stretch[][] = []
  const rest: number[][] = []
  const windows: number[] = []
  for await (const sound of decodeFile(file)) {
    sound.forEach((samples, channel) => {
      channels[channel] ??= []
      rest[channel] ??= []
      windows[channel] ??= 0
      rest[channel].push(...samples)
      while (rest[channel].length >= WINDOW) {
        if (holds(rest[channel].splice(0, WINDOW), frequency)) extend(channels[channel], windows[channel]! * WINDOW_MS)
        windows[channel]!++
      }
    })
  }
  return channels
}

function extend(stretches: Stretch[], at: number): void {
  const last = stretches.at(-1)
  if (last && at - last[1] < 100) last[1] = at + WINDOW_MS
  else stretches.push([at, at + WINDOW_MS])
}

/** Goertzel's filter: whether at least half of what is loud enough to be heard is this tone. */
function holds(samples: number[], frequency: number): boolean {
  const turn = 2 * Math.cos((2 * Math.PI * frequency) / 48_000)
  let before = 0
  let last = 0
  let energy = 0
  for (const sample of samples) {
    const next = sample + turn * last - before
    before = last
    last = next
    energy += sample * sample
  }
  const tone = (last * last + before * before - turn * last * before) * (2 / samples.length)
  return energy / samples.length > 100 * 100 && tone / energy > 0.5
}

/** The audio of a finished recording as a file, wherever the server has it by now; one that failed, as far as it got. */
export async function saveAudio(
  server: Pick<TestServer, 'url' | 'api'>,
  callId: string,
  recordingId: string,
  folder: string,
): Promise<string> {
  const audioUrl = async () => {
    const { recordings } = (await server.api(`/api/calls/${callId}`)).body as contract.CallDetails
    return recordings.find(({ id }) => id === recordingId)!.audioUrl
  }
  await expect.poll(audioUrl).not.toBeNull()
  const response = await fetch(server.url + (await audioUrl()), { headers: { 'x-api-key': ADMIN_API_KEY } })
  if (response.status !== 200) throw new Error(`no audio: ${response.status} ${await response.text()}`)
  const file = path.join(folder, `${recordingId}.heard`)
  fs.writeFileSync(file, Buffer.from(await response.arrayBuffer()))
  return file
}
