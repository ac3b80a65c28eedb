import { canonicalUser } from '../../sip/uri/equals.ts'
import type { Uri } from '../../sip/uri/uri.ts'

/** An address-of-record without its scheme: `alice@example.test`; a domain alone where there is no user. */
export function partyOf(uri: Uri): string {
  if (uri.user === undefined) return uri.host
  const user = uri.user.includes('%') ? canonicalUser(uri.user) : uri.user
  return uri.host === '' ? user : `${user}@${uri.host}`
}
