/** What spreadsheets take for the beginning of a formula, in every width, whatever blanks stand before it. */
const FORMULA = /^[\t\r\n\0]|^[\s\0\u200b\ufeff]*[=+\-@＝＋－＠]/

/**
 * One line of CSV (RFC 4180) that no spreadsheet executes: a cell that would begin a formula begins with a quote instead,
 * as spreadsheets themselves mark text. Ends with CR LF.
 */
export const csvLine = (cells: (string | number | null)[]): string => `${cells.map(cell).join(',')}\r\n`

function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
