import { writeQuoted } from '../../sip/headers/credentials.ts'
import { type ResponseInputs, rspauthOf } from './response.ts'

/**
 * The value of Authentication-Info: the server proves that it knows the password too.
 *
 * Without qop there is no client nonce, and so no proof: only the next nonce, when there is one.
 * @param inputs those of the accepted request; its method counts for nothing
 * @param responseBody the body of the 2xx
 * @param nextNonce the nonce to use next, where nonces are good for one request
 * @see RFC 7616 §3.5
 */
export function writeAuthenticationInfo(
  inputs: ResponseInputs,
  responseBody: string,
  nextNonce: string | undefined,
): string {
  const next = nextNonce === undefined ? '' : `nextnonce="${nextNonce}"`
  if (inputs.qop === undefined) return next
  const rspauth = rspauthOf({ ...inputs, body: responseBody })
  const proof = `qop=${inputs.qop},rspauth="${rspauth}",cnonce=${writeQuoted(inputs.cnonce)},nc=${inputs.nc}`
  return next === '' ? proof : `${proof},${next}`
}
