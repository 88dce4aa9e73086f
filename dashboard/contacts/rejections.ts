import type { ImportReport } from '../../client/contract.ts'

/** The lines that were not taken, as a file that opens in a spreadsheet. */
export function rejectionsAsCsv(rejections: ImportReport['rejections']): string {
  const rows = rejections.map(({ line, reason, text }) => [String(line), reason, text])
  return [['line', 'reason', 'text'], ...rows].map(row => `${row.map(cell).join(',')}\r\n`).join('')
}

/** Quoted; what a spreadsheet would run as a formula is made text. */
const cell = (value: string): string => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`
