import { type ChildProcess, fork } from 'node:child_process'
import path from 'node:path'
import type { Engine } from '../engine.ts'
import { typeScript } from '../forkedProcess.ts'
import type { CallerCommand, Heard } from './callerProcess.ts'

interface Asked {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** A process full of callers; see `callerProcess.ts`. */
export class Callers {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, Asked>()
  #requests = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', ({ request, answer, error }: { request: number; answer?: unknown; error?: string }) => {
      const asked = this.#asked.get(request)
      this.#asked.delete(request)
      if (error) asked?.reject(new Error(error))
      else asked?.resolve(answer)
    })
  }

  static async start(): Promise<Callers> {
    const script = path.join(import.meta.dirname, 'callerProcess.ts')
    const child = fork(script, [], { serialization: 'advanced', execArgv: typeScript() })
    const callers = new Callers(child)
    await new Promise((resolve, reject) => {
      callers.#asked.set(0, { resolve, reject })
      child.on('exit', () => reject(new Error('The callers ended.')))
    })
    return callers
  }

  get processId(): number {
    return this.#child.pid!
  }

  /**
   * Connects a caller to a leg. A connection that fails at once is tried again: when this library offers, the answer may
   * come after the first packets.
   */
  async connect(engine: Pick<Engine, 'connect'>, room: string, leg: string, caller = leg, ears = 4): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const offer = await this.open(caller, ears)
      await this.answer(caller, await engine.connect(room, leg, offer))
      if (await this.connected(caller)) return
      await this.close(caller)
    }
    throw new Error(`${caller} could not connect.`)
  }

  open = (caller: string, ears = 4) => this.#ask({ type: 'open', caller, ears }) as Promise<string>
  answer = (caller: string, sdp: string) => this.#ask({ type: 'answer', caller, sdp })
  connected = (caller: string) => this.#ask({ type: 'connected', caller }) as Promise<boolean>
  speak = (caller: string, frequency: number | 'stamped') => this.#ask({ type: 'speak', caller, frequency })
  press = (caller: string, digits: string) => this.#ask({ type: 'press', caller, digits })
  heard = (caller: string) => this.#ask({ type: 'heard', caller }) as Promise<Heard[]>
  delays = () => this.#ask({ type: 'delays' }) as Promise<number[]>
  close = (caller: string) => this.#ask({ type: 'close', caller })

  async end(): Promise<void> {
    const gone = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }

  #ask(command: CallerCommand): Promise<unknown> {
    const request = ++this.#requests
    return new Promise((resolve, reject) => {
      this.#asked.set(request, { resolve, reject })
      this.#child.send({ request, command })
    })
  }
}
