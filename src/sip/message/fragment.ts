import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { isBlank, isToken, trimmed } from '../chars.ts'
import { type HeaderId, headerIdOf } from './header-id.ts'

/** A header field of a fragment. */
export interface FragmentField {
  /** 0 when we do not know the name. */
  readonly id: HeaderId
  readonly name: string
  /** Unfolded and trimmed. */
  readonly value: string
}

/** A part of a SIP message (RFC 3420): any of start line, header fields and body may be missing. */
export interface Fragment {
  readonly startLine: string | undefined
  readonly fields: readonly FragmentField[]
  readonly body: string
}

/**
 * Reads `message/sipfrag`.
 * @param text latin-1, one character an octet; lines end in CR LF, the last one may lack it
 * @see RFC 3420 §2.1
 */
export function parseFragment(text: string): Result<Fragment, 'fragment-malformed'> {
  const end = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end)
  if (head.length > LIMITS.maxHeadersBytes) return failed('fragment-malformed')
  const lines = head.split('\r\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines.length > LIMITS.maxHeaders) return failed('fragment-malformed')
  const fields: FragmentField[] = []
  let startLine: string | undefined
  for (const [at, line] of lines.entries()) {
    if (line.includes('\r') || line.includes('\n') || line.includes('\0')) return failed('fragment-malformed')
    if (isBlank(line.charCodeAt(0))) {
      const last = fields.pop()
      if (last === undefined) return failed('fragment-malformed')
      fields.push({ ...last, value: trimmed(`${last.value} ${trimmed(line)}`) })
      continue
    }
    const colon = line.indexOf(':')
    const name = trimmed(line, 0, Math.max(colon, 0))
    if (isToken(name)) fields.push({ id: headerIdOf(name), name, value: trimmed(line, colon + 1) })
    else if (at === 0 && line.includes('SIP/2.0')) startLine = line
    else return failed('fragment-malformed')
  }
  const body = end < 0 ? '' : text.slice(end === 0 ? 2 : end + 4)
  return ok({ startLine, fields, body })
}

/** The values of a field, one a line. */
export function valuesIn(fragment: Pick<Fragment, 'fields'>, id: HeaderId): readonly string[] {
  return fragment.fields.filter(field => field.id === id).map(field => field.value)
}
