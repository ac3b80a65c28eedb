import { canonicalUser } from '../../sip/uri/equals.ts'
import { parseUri, type Uri } from '../../sip/uri/uri.ts'

/**
 * Whether the digest's `uri` asks for what the request asks for: same scheme, user, host and port, and no
 * `maddr` that leads elsewhere; other parameters may differ. A port that the digest leaves out is tolerated,
 * since phones do that.
 *
 * RFC 8760 §2.6(6) leaves this to policy; ours is strict, or an answer captured from one call would pay for
 * another (DIG-17).
 * @param digestUri as sent
 * @param requestUri as sent
 */
export function asksForTheSame(digestUri: string, requestUri: string, parsed: Uri): boolean {
  if (digestUri === requestUri) return true
  const result = parseUri(digestUri)
  if (!result.ok) return false
  const uri = result.value
  if (uri.scheme !== parsed.scheme || uri.host !== parsed.host) return false
  if (!sameUser(uri.user, parsed.user) || uri.password !== parsed.password) return false
  if (uri.host === '') return uri.user !== undefined
  if (uri.params.get('maddr') !== parsed.params.get('maddr')) return false
  return uri.port === undefined || uri.port === (parsed.port ?? defaultPort(parsed.scheme))
}

function sameUser(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a === b || canonicalUser(a) === canonicalUser(b)
}

/** RFC 3261 §19.1.2. */
function defaultPort(scheme: string): number {
  return scheme === 'sips' ? 5061 : 5060
}
