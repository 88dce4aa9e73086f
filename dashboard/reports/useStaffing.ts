import { useEffect, useState } from 'react'
import type { Answer } from '../../simulator/whatIf.ts'
import { around, askedWith, isEndless, type Question } from './staffing.ts'
import type { Job, Reply } from './staffing.worker.ts'

export interface Staffing {
  /** What has been played so far, by number of agents. */
  answers: ReadonlyMap<number, Answer>
  /** How many numbers of agents are played in all. */
  asked: number
  failed: boolean
}

/** Plays a question in the background. Answers come one after the other, that for the asked number of agents first. */
export function useStaffing(question: Question): Staffing {
  const key = JSON.stringify(question)
  const [state, setState] = useState({ key, answers: new Map<number, Answer>(), failed: false })
  useEffect(() => {
    setState({ key, answers: new Map(), failed: false })
    const worker = new Worker(new URL('./staffing.worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Reply>) =>
      setState(before => ({ ...before, answers: new Map(before.answers).set(data.agents, data.answer) }))
    worker.onerror = () => setState(before => ({ ...before, failed: true }))
    worker.postMessage(jobOf(JSON.parse(key)))
    return () => worker.terminate()
  }, [key])
  // Until the effect has run, what is there answers another question.
  const { answers, failed } = state.key === key ? state : NOTHING
  return { answers, failed, asked: jobOf(question).length }
}

const jobOf = (question: Question): Job =>
  around(question.agents)
    .filter(agents => !isEndless(question, agents))
    .map(agents => askedWith(question, agents))

const NOTHING = { answers: new Map<number, Answer>(), failed: false }
