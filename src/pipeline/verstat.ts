import { unescapedOnce } from '../sip/uri/escapes.ts'
import type { Uri } from '../sip/uri/uri.ts'

const VERSTAT = /(?:;|%3b)verstat/i

/**
 * Whether a URI says what only a verification service may say of a caller (STV-15): as a parameter of its own, or of the
 * number in its user part (RFC 3261 §19.1.6).
 */
export function saysVerified({ user = '', params }: Pick<Uri, 'user' | 'params'>): boolean {
  return params.has('verstat') || (mayHaveParams(user) && VERSTAT.test(unescapedOnce(user)))
}

function mayHaveParams(user: string): boolean {
  return user.includes(';') || user.includes('%')
}
