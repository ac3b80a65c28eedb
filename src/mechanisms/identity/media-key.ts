import { isHex, isToken } from '../../sip/chars.ts'

/** One fingerprint of the session description. */
export interface MediaKey {
  /** In lower case. */
  readonly alg: string
  /** Hexadecimal digits in capitals, no colons. */
  readonly dig: string
}

const NONE: readonly MediaKey[] = []
const MARK = '\na=fingerprint:'

/**
 * The `a=fingerprint` lines of a session description, as the claim `mky` wants them: each once, sorted by both parts.
 * @returns undefined when one is malformed: what is protected must not depend on who reads it
 * @see RFC 8225 §5.2.2, RFC 8122 §5 (STA-08)
 */
export function mediaKeysOf(body: string): readonly MediaKey[] | undefined {
  let at = body.indexOf(MARK)
  // Few bodies have any.
  if (at < 0) return NONE
  const keys = new Map<string, MediaKey>()
  for (; at >= 0; at = body.indexOf(MARK, at + 1)) {
    const end = body.indexOf('\n', at + 1)
    const key = keyOf(body.slice(at + MARK.length, end < 0 ? body.length : end))
    if (key === undefined) return undefined
    keys.set(key.alg + key.dig, key)
  }
  return [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key)
}

function keyOf(line: string): MediaKey | undefined {
  const [alg = '', fingerprint = '', ...rest] = line.trim().split(' ')
  const dig = fingerprint.replaceAll(':', '')
  if (!isToken(alg) || !isHex(dig) || rest.length > 0) return undefined
  return { alg: alg.toLowerCase(), dig: dig.toUpperCase() }
}

/** Whether both are the same list. */
export function sameMediaKeys(a: readonly MediaKey[], b: readonly MediaKey[]): boolean {
  return a.length === b.length && a.every((key, at) => key.alg === b[at]?.alg && key.dig === b[at]?.dig)
}
