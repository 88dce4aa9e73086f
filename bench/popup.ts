import { io, type Socket } from 'socket.io-client'
import { API_KEY, ms, quantile, randomCaller, type Server, signedCall, sleep, table, Wire } from './support.ts'

const DESKS = 100
const RATES = [1, 50, 200]
const POLL_EVERY_MS = 2000

/** Where each call was first seen on each desk: milliseconds after its webhook was sent. */
class Sightings {
  readonly delays: number[] = []
  readonly #sent = new Map<string, number>()
  sent(callSid: string): void {
    this.#sent.set(callSid, performance.now())
  }
  seen(callSid: string): void {
    const sent = this.#sent.get(callSid)
    if (sent !== undefined) this.delays.push(performance.now() - sent)
  }
  get calls(): number {
    return this.#sent.size
  }
}

/** From a webhook sent to the call standing in 100 connected clients: ours, a poller of our table, and a bare echo. */
export async function benchPopup(ours: Server, bare: Server): Promise<void> {
  console.log(`Webhook sent → call in a connected client; ${DESKS} desks. Milliseconds.`)
  const rows = [['', 'webhooks/s', 'p50', 'p99', 'delivered']]
  for (const rate of RATES) {
    const seconds = rate === 1 ? 15 : 8
    for (const [name, watch, server] of [
      ['bare: verify and echo', push, bare],
      ['Ringside', push, ours],
      ['Ringside, polled every 2 s', poll, ours],
    ] as const) {
      process.stderr.write(`  ${name}, ${rate}/s …\n`)
      const { delays, calls } = await measure(server, rate, seconds, watch)
      const delivered = (delays.length / (calls * DESKS)).toFixed(3)
      rows.push([name, String(rate), ms(quantile(delays, 0.5)), ms(quantile(delays, 0.99)), delivered])
    }
  }
  table(rows)
}

type Watch = (server: Server, sightings: Sightings) => Promise<() => void>

async function measure(server: Server, rate: number, seconds: number, watch: Watch): Promise<Sightings> {
  const sightings = new Sightings()
  const stop = await watch(server, sightings)
  const wires = await Promise.all(Array.from({ length: 16 }, () => Wire.open(server.url)))
  await sleep(500)
  const began = performance.now()
  const answers: Promise<number>[] = []
  for (let call = 0; call < rate * seconds; call++) {
    const due = began + (call * 1000) / rate
    if (due > performance.now()) await sleep(due - performance.now())
    // A server that falls behind gets more connections, as from a real provider, and its delays show.
    const wire = wires.shift() ?? (await Wire.open(server.url))
    const { callSid, request } = signedCall(server.url, randomCaller())
    sightings.sent(callSid)
    answers.push(
      wire.send(request).then(status => {
        wires.push(wire)
        if (status !== 200) throw new Error(`a webhook was answered with ${status}`)
        return status
      }),
    )
  }
  await Promise.all(answers)
  await sleep(watch === poll ? POLL_EVERY_MS + 500 : 500)
  stop()
  for (const wire of wires) wire.close()
  return sightings
}

const push: Watch = async (server, sightings) => {
  const sockets = await Promise.all(
    Array.from(
      { length: DESKS },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = io(server.url, { transports: ['websocket'], auth: { apiKey: API_KEY }, forceNew: true })
          socket.on('new-call', ({ call }) => sightings.seen(call.providerCallId))
          socket.emit(
            'join-call-center',
            { userEmail: 'bench@example.com' },
            (answer: { ok: boolean; error?: string }) =>
              answer.ok ? resolve(socket) : reject(new Error(answer.error)),
          )
        }),
    ),
  )
  return () => {
    for (const socket of sockets) socket.disconnect()
  }
}

/** Every desk asks for the ringing calls every two seconds, each at its own moment. */
const poll: Watch = async (server, sightings) => {
  const timers: NodeJS.Timeout[] = []
  for (let desk = 0; desk < DESKS; desk++) {
    const known = new Set<string>()
    let since = new Date().toISOString()
    let looking = false
    const look = async () => {
      if (looking) return // the last answer is not there yet
      looking = true
      await ask().catch(() => {}) // a server that is overrun answers nobody: the next look may
      looking = false
    }
    const ask = async () => {
      const from = since
      since = new Date(Date.now() - 1000).toISOString()
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = cursor === '' ? '' : `&cursor=${cursor}`
        const response = await fetch(`${server.url}/api/calls?status=ringing&limit=200&since=${from}${page}`, {
          headers: { 'x-api-key': API_KEY },
        })
        const { items, nextCursor } = (await response.json()) as {
          items: { providerCallId: string }[]
          nextCursor: string | null
        }
        for (const { providerCallId } of items) {
          if (known.has(providerCallId)) continue
          known.add(providerCallId)
          sightings.seen(providerCallId)
        }
        cursor = nextCursor
      }
    }
    setTimeout(() => {
      void look()
      timers.push(setInterval(() => void look(), POLL_EVERY_MS))
    }, Math.random() * POLL_EVERY_MS)
  }
  await sleep(POLL_EVERY_MS)
  return () => timers.forEach(clearInterval)
}
