import { ipVersion } from '../base/ip-address.ts'
import { parseUri } from '../sip/uri/uri.ts'
import type { Ports } from './ports.ts'
import type { Place } from './stage.ts'

type Domains = Pick<Ports, 'servedDomain'>

/**
 * Whether a contact is no phone, but a user of another domain that calls are forwarded to: a name of DNS that is not
 * ours, and that no flow or edge leads to. Then the request has another destination (RFC 8946 §3).
 */
export function isForwardedElsewhere(place: Place, ports: Domains): boolean {
  if (place.peer !== 'user' || place.flowKey !== '' || (place.path ?? []).length > 0) return false
  const uri = parseUri(place.uri)
  if (!uri.ok || uri.value.user === undefined) return false
  const { host } = uri.value
  return host !== '' && ipVersion(host) === 0 && ports.servedDomain(host) === undefined
}

/** Whether a place is on our side: a phone of ours, or the PBX behind us, which the configuration names. */
export function isInside(place: Place, ports: Domains): boolean {
  if (place.peer === 'user') return !isForwardedElsewhere(place, ports)
  return place.peer === 'outside' && place.isRegistered
}
