import { trimmed } from '../chars.ts'
import { octetsOf } from '../octets.ts'

const QUOTE = 34
const COMMA = 44
const LEFT_ANGLE = 60
const RIGHT_ANGLE = 62
const BACKSLASH = 92

/**
 * The comma that ends the list element at `at`, outside quoted strings and angle brackets, or `end`. An unclosed
 * quote or bracket swallows the rest, which the value's own parser then refuses.
 * @see RFC 3261 §7.3.1
 */
export function endOfElement(text: string, at: number, end: number): number {
  const comma = text.indexOf(',', at)
  if (comma < 0 || comma >= end) return end
  const octets = octetsOf(text)
  let inAngle = false
  for (; at < end; at++) {
    const code = octets[at]
    if (code === COMMA && !inAngle) return at
    if (code === QUOTE && !inAngle) {
      at += 1
      while (at < end && octets[at] !== QUOTE) at += octets[at] === BACKSLASH ? 2 : 1
    } else if (code === LEFT_ANGLE) inAngle = true
    else if (code === RIGHT_ANGLE) inAngle = false
  }
  return end
}

/** Splits a comma list; elements are trimmed and may be empty. Linear. */
export function splitList(value: string): string[] {
  if (!value.includes(',')) return [value]
  const elements: string[] = []
  let at = 0
  while (at <= value.length) {
    const end = endOfElement(value, at, value.length)
    elements.push(trimmed(value, at, end))
    at = end + 1
  }
  return elements
}
