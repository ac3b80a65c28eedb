/** Character classes of RFC 3261 §25.1 over short texts; what is read where it lies in its message is in `octets.ts`. */
import { CLASS, DIGIT, HEX, TOKEN } from './char-class.ts'
import { endOfUser, octetsOf } from './octets.ts'

/** Whether the range is of one class, with at least one character. */
function isOf(text: string, at: number, end: number, bit: number): boolean {
  if (at >= end) return false
  while (at < end && ((CLASS[text.charCodeAt(at)] ?? 0) & bit) !== 0) at += 1
  return at === end
}

/** `token` (RFC 3261 §25.1), at least one character. */
export function isToken(text: string, start = 0, end = text.length): boolean {
  return isOf(text, start, end, TOKEN)
}

/** Characters of `user` and `password`, each `%` with its two digits. */
export function isUserPart(text: string, start = 0, end = text.length): boolean {
  return endOfUser(octetsOf(text), start, end) === end
}

/** One or more decimal digits. */
export function isDigits(text: string, start = 0, end = text.length): boolean {
  return isOf(text, start, end, DIGIT)
}

/** One or more hexadecimal digits. */
export function isHex(text: string, start = 0, end = text.length): boolean {
  return isOf(text, start, end, HEX)
}

/** Space or horizontal tab; values are unfolded before they are read. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** The first position at or after `at` that is not blank. */
export function skipBlanks(text: string, at: number, end = text.length): number {
  while (at < end && isBlank(text.charCodeAt(at))) at += 1
  return at
}

/** White space and line ends inside a folded value. */
function isLws(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10
}

/** As `skipBlanks`, over folds too. */
export function skipLws(text: string, at: number, end: number): number {
  while (at < end && isLws(text.charCodeAt(at))) at += 1
  return at
}

/** The position after the last character of the range that is neither blank nor line end. */
export function lwsTrimmedEnd(text: string, start: number, end: number): number {
  while (end > start && isLws(text.charCodeAt(end - 1))) end -= 1
  return end
}

/**
 * The range without blanks around it. Not `trim()`: that takes octets 160 and 11 too, the first of which is the
 * second half of many a UTF-8 letter.
 */
export function trimmed(text: string, start = 0, end = text.length): string {
  const from = skipBlanks(text, start, end)
  while (end > from && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(from, end)
}
