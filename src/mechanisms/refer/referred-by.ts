import { failed, ok, type Result } from '../../base/result.ts'
import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { H } from '../../sip/message/header-id.ts'
import type { MessageFields } from '../../sip/message/message.ts'
import type { Uri } from '../../sip/uri/uri.ts'

/** Who is said to have referred (RFC 3892 §3). */
export interface ReferredBy {
  readonly uri: Uri
  /** Content-ID of the token, with its angle brackets; undefined when no token is named. */
  readonly contentId: string | undefined
}

/** Why a Referred-By is not taken. */
export type ReferredByFault =
  /** RFC 3892 §2.1: one at most. */
  'referred-by-repeated' | 'referred-by-malformed'

/** `sip-clean-msg-id` without its quotes: atoms and dots on both sides of the @; a host may be an address. */
const CLEAN_MESSAGE_ID = /^[A-Za-z0-9!%*_+'`~.-]{1,120}@[A-Za-z0-9!%*_+'`~.:[\]-]{1,120}$/

/** The Referred-By of a request; undefined when it has none. */
export function referredByOf(request: MessageFields): Result<ReferredBy | undefined, ReferredByFault> {
  const values = request.list(H.referredBy)
  const [value] = values
  if (value === undefined) return ok(undefined)
  return values.length > 1 ? failed('referred-by-repeated') : parseReferredBy(value)
}

/** Reads a Referred-By value. */
export function parseReferredBy(value: string): Result<ReferredBy, 'referred-by-malformed'> {
  const address = parseNameAddr(value)
  if (!address.ok) return failed('referred-by-malformed')
  const { uri, params } = address.value
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return failed('referred-by-malformed')
  const cid = params.get('cid')
  if (cid === undefined) return ok({ uri, contentId: undefined })
  const id = cid.startsWith('"') ? cid.slice(1, -1) : ''
  return CLEAN_MESSAGE_ID.test(id) ? ok({ uri, contentId: `<${id}>` }) : failed('referred-by-malformed')
}
