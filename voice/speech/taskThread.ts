import { Worker } from 'node:worker_threads'

/** A thread that does one task after the other, so that nobody else has to wait for what takes long. */
export interface TaskThread<Task, Result> {
  /** Rejects with what the task throws, and when it takes too long: the thread is then given up, and the next task gets a new one. */
  run(task: Task): Promise<Result>
  /** Ends the thread; what is unfinished rejects. */
  stop(): Promise<void>
}

/** What a thread answers: exactly one for each task, in order. */
export type Answer<Result> = { result: Result } | { error: { name: string; message: string } }

interface Waiting<Task, Result> {
  task: Task
  resolve(result: Result): void
  reject(error: Error): void
}

/**
 * @param entry the module that the thread runs: it takes tasks by `message` and posts an {@link Answer} to each.
 * @param deadlineMs how long one task may take.
 */
export function createTaskThread<Task, Result>(entry: URL, deadlineMs: number): TaskThread<Task, Result> {
  const line: Waiting<Task, Result>[] = []
  let worker: Worker | null = null
  let deadline: NodeJS.Timeout | undefined
  let stopped = false

  function next(): void {
    const current = line[0]
    if (current === undefined) return
    worker ??= start()
    deadline = setTimeout(() => giveUp(new Error('it took too long')), deadlineMs)
    deadline.unref()
    // It keeps the process alive for as long as somebody waits for it.
    worker.ref()
    worker.postMessage(current.task)
  }

  function start(): Worker {
    const started = new Worker(entry)
    started.on('message', (answer: Answer<Result>) => {
      if (started !== worker) return
      const done = finish()
      if ('result' in answer) done?.resolve(answer.result)
      else done?.reject(Object.assign(new Error(answer.error.message), { name: answer.error.name }))
      next()
    })
    const lost = (error: Error) => {
      if (started === worker) giveUp(error)
    }
    started.on('error', lost)
    started.on('exit', code => lost(new Error(`the thread ended with ${code}`)))
    return started
  }

  function finish(): Waiting<Task, Result> | undefined {
    clearTimeout(deadline)
    worker?.unref()
    return line.shift()
  }

  /** The present task has failed with its thread; the others have a new one. */
  function giveUp(error: Error): void {
    const given = worker
    worker = null
    void given?.terminate()
    finish()?.reject(error)
    next()
  }

  return {
    run(task) {
      if (stopped) return Promise.reject(new Error('the thread has been stopped'))
      return new Promise((resolve, reject) => {
        line.push({ task, resolve, reject })
        if (line.length === 1) next()
      })
    },
    async stop() {
      stopped = true
      clearTimeout(deadline)
      const given = worker
      worker = null
      for (const { reject } of line.splice(0)) reject(new Error('the thread has been stopped'))
      await given?.terminate()
    },
  }
}
