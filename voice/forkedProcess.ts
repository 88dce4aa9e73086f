import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command, MediaProcessOptions, Report } from './protocol.ts'

type Question = Extract<Command, { request: number }>
type WithoutRequest<T> = T extends Question ? Omit<T, 'request'> : never
export type Answer = Extract<Report, { request: number }>

interface Asked {
  question: Question
  sent: boolean
  resolve(answer: Answer): void
  reject(error: Error): void
  timeout: NodeJS.Timeout
}

export interface ForkedProcessEvents {
  report(report: Report): void
  /** It, or another one in its place, knows nothing yet. */
  ready(): void
  /** It ended unasked; what was asked of it has been rejected. */
  lost(): void
  warn(message: string, details: Record<string, unknown>): void
}

const ANSWER_MS = 10_000
const PING_EVERY_MS = 5000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
/** Who has lived for so long is not replaced more and more slowly. */
const STEADY_MS = 10_000

/** A media process as the one that forked it sees it: always there, but for moments after a crash. */
export class ForkedProcess {
  readonly #options: MediaProcessOptions
  readonly #events: ForkedProcessEvents
  readonly #asked = new Map<number, Asked>()
  readonly #ping: NodeJS.Timeout
  #child: ChildProcess | null = null
  #ready = false
  #closing = false
  #requests = 0
  #pause = FIRST_PAUSE_MS
  #timer: NodeJS.Timeout | undefined

  constructor(options: MediaProcessOptions, events: ForkedProcessEvents) {
    this.#options = options
    this.#events = events
    this.#ping = setInterval(() => {
      if (this.#ready) this.ask({ type: 'ping' }).catch(() => {})
    }, PING_EVERY_MS)
    this.#ping.unref()
  }

  get ready(): boolean {
    return this.#ready
  }

  /** Rejects when it cannot begin, as when its port is taken. */
  start(): Promise<void> {
    return this.#fork()
  }

  /** Without a process it is lost: the next one is told everything. */
  send(command: Command): void {
    if (this.#ready) this.#child?.send(command)
  }

  /** Waits for a process to ask. Rejects when it ends before it answers, or does not answer; then it is replaced. */
  ask(question: WithoutRequest<Question>): Promise<Answer> {
    const request = ++this.#requests
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => this.#unanswered(request), ANSWER_MS)
      const asked = { question: { ...question, request } as Question, sent: this.#ready, resolve, reject, timeout }
      this.#asked.set(request, asked)
      this.send(asked.question)
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#ping)
    clearTimeout(this.#timer)
    const child = this.#child
    if (!child) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    if (this.#ready) await this.ask({ type: 'close' }).catch(() => {})
    child.kill('SIGKILL')
    await gone
  }

  /** Resolves when it is ready. */
  #fork(): Promise<void> {
    const child = fork(path.join(import.meta.dirname, 'mediaProcess.ts'), [JSON.stringify(this.#options)], {
      serialization: 'advanced',
      execArgv: typeScript(),
      // It reads what strangers send: it is not given the secrets of this process.
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, SystemRoot: process.env.SystemRoot },
    })
    this.#child = child
    const startedAt = performance.now()
    return new Promise((resolve, reject) => {
      let problem = 'The media process ended before it was ready.'
      child.on('message', (report: Report) => {
        if (report.type === 'ready') {
          this.#begun()
          resolve()
        } else if (report.type === 'unready') problem = report.message
        else if ('request' in report) this.#answered(report)
        else this.#events.report(report)
      })
      child.on('error', error => {
        problem = error.message
      })
      child.on('exit', (code, signal) => {
        const wasReady = this.#ready
        if (performance.now() - startedAt > STEADY_MS) this.#pause = FIRST_PAUSE_MS
        this.#ended()
        reject(new Error(problem))
        if (!wasReady || this.#closing) return
        this.#events.warn('a media process ended and is replaced', { processId: child.pid, code, signal })
        this.#events.lost()
        this.#replace()
      })
    })
  }

  #replace(): void {
    this.#timer = setTimeout(() => {
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS)
      this.#fork().catch((error: Error) => {
        if (this.#closing || this.#ready) return
        this.#events.warn('a media process cannot be replaced', { problem: error.message })
        this.#replace()
      })
    }, this.#pause)
  }

  #begun(): void {
    this.#ready = true
    this.#events.ready()
    for (const asked of this.#asked.values()) {
      asked.sent = true
      this.send(asked.question)
    }
  }

  #unanswered(request: number): void {
    const asked = this.#asked.get(request)
    const child = this.#child
    if (asked?.sent && child) {
      const details = { processId: child.pid, asked: asked.question.type }
      this.#events.warn('a media process does not answer and is ended', details)
      child.kill('SIGKILL')
    } else {
      this.#asked.delete(request)
      asked?.reject(new Error('The media process is starting again.'))
    }
  }

  #answered(answer: Answer): void {
    const asked = this.#asked.get(answer.request)
    this.#asked.delete(answer.request)
    clearTimeout(asked?.timeout)
    asked?.resolve(answer)
  }

  #ended(): void {
    this.#child = null
    this.#ready = false
    for (const [request, { sent, reject, timeout }] of this.#asked) {
      if (!sent && !this.#closing) continue
      this.#asked.delete(request)
      clearTimeout(timeout)
      reject(new Error('The media process ended.'))
    }
  }
}

/** What a Node that cannot read TypeScript needs to be told (`scripts/typescript.mjs` does it for the server). */
export function typeScript(): string[] {
  if ((process.features as { typescript?: unknown }).typescript) return []
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
}
