/**
 * Which process of which machine made a branch: four hexadecimal digits behind the magic cookie, node and worker. A
 * response comes to the worker that the system's hash of its source gives; the mark says whose transaction it is for.
 * Nothing is believed of it: who writes another's number has his message dropped there as he would here.
 */

/** Workers of one server; the mark in a dialog token has four bits for them. */
export const MAX_WORKERS = 16

const COOKIE = 'z9hG4bK'
const MARK_CHARS = 4
const RESPONSE = 'SIP/2.0 '
const COMMA = 44

/** First part of every branch that a worker makes. */
export function branchMark(node: number, worker: number): string {
  return (node * 256 + worker).toString(16).padStart(MARK_CHARS, '0')
}

/** Two characters of base64url: eight bits of the node, four of the worker. */
export function tokenMark(node: number, worker: number): string {
  return Buffer.of(node, worker << 4)
    .toString('base64url')
    .slice(0, 2)
}

/** The worker of a `tokenMark`; undefined for one of another node. */
export function workerOfTokenMark(mark: string, node: number): number | undefined {
  const [high = -1, low = 0] = Buffer.from(`${mark}A`, 'base64url')
  return high === node ? low >> 4 : undefined
}

/**
 * The worker whose transaction a branch names.
 * @param node own number; another one's branch is nobody's here
 */
export function workerOfBranch(branch: string, node: number): number | undefined {
  return branch.startsWith(COOKIE) ? workerAt(branch, COOKIE.length, node) : undefined
}

/**
 * The same for a response that nobody has read yet: one look at its first line of Via. Undefined also when that line
 * is not where nearly everyone writes it: then the parser finds the branch.
 */
export function workerOfResponse(text: string, node: number): number | undefined {
  if (!text.startsWith(RESPONSE)) return undefined
  const line = text.indexOf('\r\n') + 2
  // `Via` or `v`, in either case.
  if (line < 2 || (text.charCodeAt(line) | 32) !== 118) return undefined
  const at = text.indexOf(COOKIE, line)
  if (at < 0 || at > text.indexOf('\r\n', line)) return undefined
  for (let i = line; i < at; i += 1) if (text.charCodeAt(i) === COMMA) return undefined
  return workerAt(text, at + COOKIE.length, node)
}

function workerAt(text: string, at: number, node: number): number | undefined {
  let value = 0
  for (let i = at; i < at + MARK_CHARS; i += 1) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0) return undefined
    value = value * 16 + digit
  }
  return value >> 8 === node && (value & 255) < MAX_WORKERS ? value & 255 : undefined
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
