import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Strategy } from '../../client/contract.ts'
import type { Answer, Band, Measures } from '../../simulator/whatIf.ts'
import { useText, useWords } from '../text/text.tsx'
import { writeDuration } from '../ui/duration.ts'
import { Select } from '../ui/fields.tsx'
import { DurationField, NumberField, OptionalDurationField } from '../ui/numbers.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Screen } from '../ui/Screen.tsx'
import { useDebounced } from '../ui/useDebounced.ts'
import { around, isEndless, type Question } from './staffing.ts'
import { BOUNDS, type StaffingSearch, USUAL } from './staffingSearch.ts'
import { useStaffing } from './useStaffing.ts'

/** How many people it takes: the routing played, beside the formulas. */
export function ReportsScreen() {
  const text = useText()
  const words = text.staffing
  const search = useSearch({ from: '/shell/reports' })
  const question: Question = { ...USUAL, ...search }
  const asked = useDebounced(JSON.stringify(question), 400)
  const settled: Question = JSON.parse(asked)
  const { answers, asked: all, failed } = useStaffing(settled)
  return (
    <Screen title={`${text.reports}: ${words.title}`}>
      <div className="grid grid-cols-1 items-start gap-4 p-4 md:p-6 xl:grid-cols-[24rem_minmax(0,1fr)]">
        <div className="space-y-4">
          <p>{words.intro}</p>
          <QuestionPanel question={question} />
        </div>
        <div className="space-y-4">
          <p role="status" className={`h-5 ${failed ? 'text-missed' : 'text-soft'}`}>
            {failed ? words.failed : answers.size < all ? words.progress(answers.size, all) : ''}
          </p>
          <Panel title={words.result(settled.agents)}>
            <Comparison question={settled} answer={answers.get(settled.agents)} />
          </Panel>
          <Panel title={words.neighbours}>
            <Neighbours question={settled} answers={answers} />
          </Panel>
          <Panel title={words.assumed}>
            <ul className="list-disc space-y-1 p-4 pl-8">
              {words.assumptions.map(sentence => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </Panel>
        </div>
      </div>
    </Screen>
  )
}

function QuestionPanel({ question }: { question: Question }) {
  const text = useText()
  const words = text.staffing
  const navigate = useNavigate({ from: '/reports' })
  const set = (change: StaffingSearch) => navigate({ search: { ...question, ...change }, replace: true })
  const number = (name: 'calls' | 'agents') => ({
    label: words[name],
    min: BOUNDS[name][0],
    max: BOUNDS[name][1],
    value: question[name],
    onValue: (value: number) => void set({ [name]: value }),
  })
  const span = (name: 'talk' | 'wrapUp' | 'within') => ({
    label: words[name],
    min: BOUNDS[name][0],
    max: BOUNDS[name][1],
    value: question[name],
    onValue: (value: number) => void set({ [name]: value }),
  })
  const bound = (name: 'patience' | 'maxWait') => ({
    label: words[name],
    max: BOUNDS[name][1],
    value: question[name] || null,
    onValue: (value: number | null) => void set({ [name]: value ?? 0 }),
  })
  return (
    <Panel title={words.asked}>
      <form className="space-y-4 p-4" onSubmit={event => event.preventDefault()}>
        <NumberField {...number('calls')} />
        <DurationField {...span('talk')} />
        <DurationField {...span('wrapUp')} />
        <NumberField {...number('agents')} />
        <OptionalDurationField {...bound('patience')} hint={words.patienceHint} />
        <DurationField {...span('within')} />
        <OptionalDurationField {...bound('maxWait')} hint={words.emptyNoBound} />
        <Select
          label={words.strategy}
          value={question.strategy}
          onChoose={strategy => void set({ strategy: Strategy.parse(strategy) })}
          options={Strategy.options.map(value => ({ value, label: text.queuesScreen.strategy[value] }))}
        />
      </form>
    </Panel>
  )
}

const CELL = 'px-3 py-2 text-right tabular-nums'
const HEAD = 'px-3 py-2 text-right font-semibold'

function Comparison({ question, answer }: { question: Question; answer: Answer | undefined }) {
  const words = useText().staffing
  const { percent, span } = useFigures()
  const endless = isEndless(question, question.agents)
  const rows: { of: keyof Measures<number>; name: string; write(value: number): string }[] = [
    { of: 'serviceLevel', name: words.serviceLevel(writeDuration(question.within)), write: percent },
    { of: 'asaSeconds', name: words.asa, write: span },
    { of: 'abandonment', name: words.abandonment, write: percent },
    { of: 'occupancy', name: words.occupancy, write: percent },
    { of: 'pWait', name: words.pWait, write: percent },
  ]
  return (
    <Scrolling label={words.result(question.agents)}>
      <thead>
        <tr className="border-b border-line">
          <th className="px-4 py-2 text-left font-semibold">{words.measure}</th>
          <th className={HEAD}>{words.played}</th>
          <th className={HEAD}>{words.erlangC}</th>
          <th className={HEAD}>{words.erlangA}</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {rows.map(({ of, name, write }) => (
          <tr key={of}>
            <th className="px-4 py-2 text-left font-normal">{name}</th>
            <BandCell endless={endless} band={answer?.[of]} write={write} />
            <FormulaCell endless={endless} value={answer && (answer.erlang.c?.[of] ?? null)} write={write} />
            <FormulaCell endless={endless} value={answer && (answer.erlang.a?.[of] ?? null)} write={write} />
          </tr>
        ))}
        {question.maxWait > 0 && (
          <tr>
            <th className="px-4 py-2 text-left font-normal">{words.overflow}</th>
            <BandCell endless={endless} band={answer?.overflow} write={percent} />
            <FormulaCell endless={endless} value={null} write={percent} />
            <FormulaCell endless={endless} value={null} write={percent} />
          </tr>
        )}
      </tbody>
    </Scrolling>
  )
}

function Neighbours({ question, answers }: { question: Question; answers: ReadonlyMap<number, Answer> }) {
  const words = useText().staffing
  const { percent, span } = useFigures()
  return (
    <Scrolling label={words.neighbours}>
      <thead>
        <tr className="border-b border-line">
          <th className="px-4 py-2 text-left font-semibold">{words.agentsColumn}</th>
          <th className={HEAD}>{words.serviceLevel(writeDuration(question.within))}</th>
          <th className={HEAD}>{words.erlangC}</th>
          <th className={HEAD}>{words.erlangA}</th>
          <th className={HEAD}>{words.asa}</th>
          <th className={HEAD}>{words.abandonment}</th>
          <th className={HEAD}>{words.occupancy}</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {around(question.agents)
          .toSorted((one, other) => one - other)
          .map(agents => {
            const answer = answers.get(agents)
            const endless = isEndless(question, agents)
            const level = (of: 'c' | 'a') => answer && (answer.erlang[of]?.serviceLevel ?? null)
            return (
              <tr key={agents} className={agents === question.agents ? 'bg-accent-ground' : undefined}>
                <th className="px-4 py-2 text-left font-semibold tabular-nums">{agents}</th>
                <BandCell endless={endless} band={answer?.serviceLevel} write={percent} />
                <FormulaCell endless={endless} value={level('c')} write={percent} />
                <FormulaCell endless={endless} value={level('a')} write={percent} />
                <BandCell endless={endless} band={answer?.asaSeconds} write={span} />
                <BandCell endless={endless} band={answer?.abandonment} write={percent} />
                <BandCell endless={endless} band={answer?.occupancy} write={percent} />
              </tr>
            )
          })}
      </tbody>
    </Scrolling>
  )
}

/** A table that is scrolled for itself where the screen is narrow, by keyboard too. */
function Scrolling({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div className="overflow-x-auto -outline-offset-2" tabIndex={0}>
      <table className="w-full whitespace-nowrap" aria-label={label}>
        {children}
      </table>
    </div>
  )
}

interface CellProps {
  /** There is nothing to play: the line would grow forever. */
  endless: boolean
  write(value: number): string
}

/** As tall while it is awaited as when it is there. */
function BandCell({ endless, band, write }: CellProps & { band: Band | undefined }) {
  const words = useText().staffing
  return (
    <td className={CELL}>
      <span className={`block min-h-5 ${endless ? 'text-soft' : 'font-semibold'}`}>
        {endless ? words.endless : band ? write(band.mean) : '…'}
      </span>
      <span className="block min-h-4 text-xs text-soft">{band && words.band(write(band.low), write(band.high))}</span>
    </td>
  )
}

/** `value` undefined: not there yet; null: the formula says nothing. */
function FormulaCell({ endless, value, write }: CellProps & { value: number | null | undefined }) {
  const text = useText()
  return (
    <td className={CELL}>
      {endless || value === null ? (
        <span className="text-soft">
          <span aria-hidden="true">{text.none}</span>
          <span className="sr-only">{text.staffing.notApplicable}</span>
        </span>
      ) : value === undefined ? (
        '…'
      ) : (
        write(value)
      )}
    </td>
  )
}

function useFigures() {
  const { format } = useWords()
  const percent = new Intl.NumberFormat(format, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  const seconds = new Intl.NumberFormat(format, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
  return { percent: (share: number) => percent.format(share), span: (value: number) => `${seconds.format(value)} s` }
}
