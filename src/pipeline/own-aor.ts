import { aorOf, canonicalUser } from '../sip/uri/equals.ts'
import type { Uri } from '../sip/uri/uri.ts'
import type { Ports } from './ports.ts'

/**
 * The address-of-record that a URI names here: an alias of a served domain counts as the domain itself, a number
 * in a tel URI stays one.
 */
export function ownAor(uri: Uri, ports: Pick<Ports, 'servedDomain'>): string {
  const host = ports.servedDomain(uri.host)?.name ?? uri.host
  if (host === uri.host) return aorOf(uri)
  return uri.user === undefined ? `sip:${host}` : `sip:${canonicalUser(uri.user)}@${host}`
}
