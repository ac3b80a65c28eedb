/** One row of a CSV text, with the line (from 1) on which it begins. */
export interface CsvRow {
  readonly line: number
  readonly fields: readonly string[]
  /** A quote that never closes, or text after a closing quote. */
  readonly isBroken: boolean
}

const SEPARATORS = [',', ';', '\t']

/** Splits CSV (RFC 4180): quotes, doubled quotes, line breaks in quotes; the first row tells the separator. */
export function readCsv(text: string): readonly CsvRow[] {
  const separator = separatorOf(text)
  const rows: CsvRow[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line = 1
  while (at < text.length) {
    const row = readRow(text, at, separator)
    if (row.fields.length > 1 || row.fields[0] !== '') {
      rows.push({ line, fields: row.fields, isBroken: row.isBroken })
    }
    for (let i = at; i < row.next; i++) if (text.charCodeAt(i) === 10) line += 1
    at = row.next
  }
  return rows
}

function readRow(
  text: string,
  start: number,
  separator: string,
): { fields: string[]; next: number; isBroken: boolean } {
  const fields: string[] = []
  let at = start
  let isBroken = false
  for (;;) {
    const field = text[at] === '"' ? readQuoted(text, at + 1) : readBare(text, at, separator)
    fields.push(field.value)
    at = field.next
    if (!field.isClosed) isBroken = true
    if (text[at] === separator) {
      at += 1
      continue
    }
    const end = text.startsWith('\r\n', at) ? at + 2 : at + 1
    if (at >= text.length || text[at] === '\n' || end === at + 2) return { fields, next: end, isBroken }
    const next = text.indexOf('\n', at)
    return { fields, next: next < 0 ? text.length : next + 1, isBroken: true }
  }
}

function readBare(text: string, start: number, separator: string): Field {
  let at = start
  while (at < text.length && text[at] !== separator && text[at] !== '\n') at += 1
  const end = text[at] === '\n' && text[at - 1] === '\r' && at > start ? at - 1 : at
  return { value: text.slice(start, end), next: end, isClosed: true }
}

interface Field {
  readonly value: string
  readonly next: number
  readonly isClosed: boolean
}

function readQuoted(text: string, start: number): Field {
  const parts: string[] = []
  let at = start
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) return { value: text.slice(start), next: text.length, isClosed: false }
    parts.push(text.slice(at, quote))
    if (text[quote + 1] !== '"') return { value: parts.join('"'), next: quote + 1, isClosed: true }
    at = quote + 2
  }
}

function separatorOf(text: string): string {
  const end = text.indexOf('\n')
  const head = end < 0 ? text : text.slice(0, end)
  return SEPARATORS.find(separator => head.includes(separator)) ?? ','
}
