import { type FieldKind, familyOf } from './families.ts'
import type { OddField } from './odd-fields.ts'

const MAX_TEXT = 8192
const MAX_LINES = 64

/** Fields whose own marks look like chains of commands. */
const STRUCTURED: ReadonlySet<string> = new Set([
  ...['authorization', 'contact', 'content-type', 'f', 'from', 'm', 'proxy-authorization', 'record-route'],
  ...['route', 't', 'to', 'v', 'via'],
])

/** The first line of a message that is no message which would be more than text to somebody; lines are all it has. */
export function judgeLines(text: string): OddField | undefined {
  // Where lines end is in doubt here: every end counts.
  const lines = text.slice(0, MAX_TEXT).replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n', MAX_LINES)
  for (const [i, line] of lines.entries()) {
    if (i > 0 && line === '') return undefined
    const colon = i === 0 ? -1 : line.indexOf(':')
    const name = colon < 0 ? '' : line.slice(0, colon).trim()
    const value = line.slice(colon + 1)
    const kind = i === 0 ? 'target' : kindOf(name)
    const family = familyOf(value, kind)
    // Binary protocols on the port are no text at all: only what is written in letters counts.
    if (family === undefined || family === 'control-character' || family === 'hidden-character') continue
    if (family === 'overlong-encoding' && i === 0) continue
    return { family, field: i === 0 ? 'first line' : name, text: value }
  }
  return undefined
}

function kindOf(name: string): FieldKind {
  return STRUCTURED.has(name.toLowerCase()) ? 'structured' : 'free'
}
