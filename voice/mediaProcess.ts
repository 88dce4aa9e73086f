import dgram from 'node:dgram'
import { once } from 'node:events'
import os from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { EngineStats } from './engine.ts'
import { Host } from './host.ts'
import { FRAME_MS } from './opusPacket.ts'
import type { Command, MediaProcessOptions, Report } from './protocol.ts'
import { encodePackets } from './sound.ts'
import { SoundCache } from './soundCache.ts'
import { tone } from './tones.ts'
import { openWebrtc } from './webrtcLeg.ts'

/**
 * A process that carries audio and does nothing else: a loop that also waits for a database would be heard. It is forked,
 * commanded over its channel (`protocol.ts`), and gone with whoever forked it. The only place that loads native code.
 */
const options: MediaProcessOptions = JSON.parse(process.argv[2] ?? '{}')

const LAST_PAGES_MS = 2000
/** What the loop's delay is measured with is itself so late. */
const MEASURED_EVERY_MS = 20

const report = (told: Report): void => {
  if (process.connected) process.send!(told)
}

/** @returns a port that is free on all addresses. @throws when this one is not. */
async function freePort(wanted: number): Promise<number> {
  const socket = dgram.createSocket('udp4')
  socket.bind(wanted)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** This machine's, those that others reach first. */
const ownAddresses = (): string[] => [
  ...Object.values(os.networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80'))
    .toSorted((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address),
  '127.0.0.1',
]

const delay = monitorEventLoopDelay({ resolution: MEASURED_EVERY_MS })
delay.enable()

function usage(): Omit<EngineStats, 'legs' | 'rooms'> {
  const { user, system } = process.cpuUsage()
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - MEASURED_EVERY_MS)
  const loopDelay = { p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) }
  delay.reset()
  return {
    processId: process.pid,
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    loopDelay,
  }
}

async function begin(): Promise<Host> {
  const port = await freePort(options.udpPort)
  const addresses = options.addresses.length > 0 ? options.addresses : ownAddresses()
  const sounds = new SoundCache()
  return new Host({
    report,
    openWebrtc: (offer, events) => openWebrtc(offer, events, { port, addresses }),
    readSound: file => sounds.read(file),
    mark: (await encodePackets(tone([1400], 0.2))).packets,
    now: () => performance.now(),
    wallClock: () => Date.now(),
    usage,
  })
}

try {
  const host = await begin()
  setInterval(() => host.tick(), FRAME_MS)
  process.on('message', (command: Command) => host.run(command))
  process.on('disconnect', () => {
    setTimeout(() => process.exit(), LAST_PAGES_MS)
    void host.close().then(() => process.exit())
  })
  // A terminal sends these to the whole group; whoever forked this process still has recordings to end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
  if (!process.connected) process.exit()
  report({ type: 'ready' })
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.send?.({ type: 'unready', message } satisfies Report, () => process.exit(1))
}
