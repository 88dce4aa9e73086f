import { expect, test } from 'vitest'
import { rowsOf, skillsOf, withRow } from './skills.ts'

test('skills become rows and rows become skills', () => {
  const skills = { french: 3, sales: 80 }
  expect(skillsOf(rowsOf(skills))).toEqual(skills)
})

test('a row without a name says nothing, and names are trimmed', () => {
  const rows = withRow(rowsOf({ french: 3 }))
  expect(skillsOf(rows)).toEqual({ french: 3 })
  expect(skillsOf(rows.map(row => (row.key === 1 ? { ...row, skill: ' sales ', level: '7' } : row)))).toEqual({
    french: 3,
    sales: 7,
  })
})

test('every row has a key of its own, also after one has been taken away', () => {
  const rows = withRow(withRow(rowsOf({ french: 3 })).slice(1))
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
})
