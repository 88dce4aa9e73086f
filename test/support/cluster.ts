import net from 'node:net'
import { type RingsideProcess, startProcess } from './process.ts'

export interface Answer {
  status: number
  body: unknown
  /** Whether an earlier try got no answer: it may have been done all the same. */
  retried: boolean
}

export interface Ask {
  method?: string
  body?: string
  headers?: Record<string, string>
  /** Which process to try first. */
  first: number
}

/** Several processes on one database, any of which may die at any moment and come back at the same address. */
export interface Cluster {
  urls: string[]
  /** When each process was killed, milliseconds since the epoch. */
  kills: number[]
  /** Requests that got no answer, or were told to come back later, and were tried elsewhere. */
  retries: number
  /** What the processes have complained about, as lines of JSON. */
  complaints(): string[]
  /** Asks one process after the other until one answers. Throws after a minute. */
  ask(path: string, request: Ask): Promise<Answer>
  /** Kills a process, if possible in the middle of something, and starts it again. Resolves when it is ready. */
  kill(index: number): Promise<void>
  stop(): Promise<void>
}

const GIVE_UP_MS = 60_000
const ANSWER_WITHIN_MS = 10_000
/** How long a kill waits for something to be under way. */
const LURK_MS = 1000

export async function startCluster(size: number, env: Record<string, string>): Promise<Cluster> {
  const ports: number[] = []
  while (ports.length < size) ports.push(await freePort(ports))
  const start = (port: number) => startProcess({ ...env, PORT: String(port) })
  const processes: RingsideProcess[] = await Promise.all(ports.map(start))
  const dead: string[] = []
  const underWay = ports.map(() => 0)

  const cluster: Cluster = {
    urls: processes.map(({ url }) => url),
    kills: [],
    retries: 0,
    complaints: () =>
      [...dead, ...processes.map(each => each.output())].flatMap(output => output.match(/^\{.*\}$/gm) ?? []),
    async ask(path, { first, ...init }) {
      const giveUpAt = Date.now() + GIVE_UP_MS
      for (let attempt = 0; Date.now() < giveUpAt; attempt++) {
        const index = (first + attempt) % size
        underWay[index]!++
        const answer = await fetchOnce(cluster.urls[index]! + path, init)
        underWay[index]!--
        if (answer !== null && answer.status < 500) return { ...answer, retried: attempt > 0 }
        cluster.retries++
        await pause(attempt < size ? 20 : 200)
      }
      throw new Error(`nobody has answered ${path}`)
    },
    async kill(index) {
      const victim = processes[index]!
      for (const until = Date.now() + LURK_MS; underWay[index] === 0 && Date.now() < until; ) await pause(1)
      cluster.kills.push(Date.now())
      await victim.end('SIGKILL')
      dead.push(victim.output())
      processes[index] = await start(ports[index]!)
    },
    stop: async () => void (await Promise.all(processes.map(each => each.end('SIGTERM')))),
  }
  return cluster
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

async function fetchOnce(url: string, init: Omit<Ask, 'first'>): Promise<{ status: number; body: unknown } | null> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return { status: response.status, body: isJson ? JSON.parse(text) : text }
  } catch {
    return null
  }
}

/** Below the ports that outgoing connections get: while its process is down, nothing else may take it. */
async function freePort(taken: number[]): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const isFree = await new Promise<boolean>(resolve => {
      const probe = net.createServer()
      probe.on('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
    if (isFree && !taken.includes(port)) return port
  }
}
