import type { Agent } from '../../client/contract.ts'

/** One line of the form: what has been typed, checked only when it is read. */
export interface SkillRow {
  /** Tells rows apart while their names are being typed. */
  key: number
  skill: string
  level: string
}

export const rowsOf = (skills: Agent['skills']): SkillRow[] =>
  Object.entries(skills).map(([skill, level], key) => ({ key, skill, level: String(level) }))

export const withRow = (rows: readonly SkillRow[]): SkillRow[] => [
  ...rows,
  { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1, skill: '', level: '1' },
]

/** The skills that the rows say; rows without a name say nothing, and of two with one name the last counts. */
export const skillsOf = (rows: readonly SkillRow[]): Agent['skills'] =>
  Object.fromEntries(
    rows.filter(({ skill }) => skill.trim() !== '').map(({ skill, level }) => [skill.trim(), Number(level)]),
  )
