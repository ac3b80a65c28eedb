import { writeQuoted } from '../../sip/headers/credentials.ts'
import { type ResponseInputs, rspauthOf } from './response.ts'

/**
 * The value of Authentication-Info: the server proves that it knows the password too.
 *
 * Without qop there is no client nonce, and so no proof: only the next nonce, when there is one.
 * @param inputs those of the accepted request; its method counts for nothing
 * @param responseBody the body of the 2xx
 * @param nextNonce the nonce to use next, where nonces are good for one request
 * @param theirs the proof of whoever checked the request in our place, '' when there was none; undefined: made here
 * @see RFC 7616 §3.5, RFC 5090 §2.1.3
 */
export function writeAuthenticationInfo(
  inputs: ResponseInputs,
  responseBody: string,
  nextNonce: string | undefined,
  theirs?: string,
): string {
  const next = nextNonce === undefined ? '' : `nextnonce="${nextNonce}"`
  if (inputs.qop === undefined || theirs === '') return next
  const rspauth = theirs ?? rspauthOf({ ...inputs, body: responseBody })
  const proof = `qop=${inputs.qop},rspauth="${rspauth}",cnonce=${writeQuoted(inputs.cnonce)},nc=${inputs.nc}`
  return next === '' ? proof : `${proof},${next}`
}
