import { type Answer, type Question, whatIf } from '../../simulator/whatIf.ts'

/*
 * Plays the routing away from the page, so that it can be typed on meanwhile. A new question gets a new worker.
 */

/** Answered one after the other, in this order. */
export type Job = readonly Question[]
export type Reply = { agents: number; answer: Answer }

self.onmessage = ({ data: job }: MessageEvent<Job>) => {
  for (const question of job) self.postMessage({ agents: question.agents, answer: whatIf(question) } satisfies Reply)
}
