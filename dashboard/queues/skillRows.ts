/** Skills as they are typed in: in order, some still without a name. */
export type SkillRow = { skill: string; level: number }

export const skillRows = (skills: Readonly<Record<string, number>>): SkillRow[] =>
  Object.entries(skills).map(([skill, level]) => ({ skill, level }))

/** Rows without a name say nothing; of two of the same name the later one counts. */
export const skillsOf = (rows: readonly SkillRow[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ skill, level }) => [skill.trim(), level] as const).filter(([skill]) => skill !== ''))
