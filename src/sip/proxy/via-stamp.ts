/**
 * Where a request came from, written into its top Via, and where its response goes when its flow is gone.
 * @see RFC 3261 §18.2.1, §18.2.2, RFC 3581 §4
 */
import type { Address } from '../../base/flow.ts'
import { canonicalIp, ipKind } from '../../base/ip-address.ts'
import type { Via } from '../headers/via.ts'

/**
 * The top Via value with `received` and `rport` as we saw them, or undefined when it says so already. What the
 * sender wrote there itself is overwritten: it could point responses at somebody else (TRN-03).
 */
export function stampedVia(via: Via, source: Address): string | undefined {
  const isHonest = via.host === source.ip || canonicalIp(via.host) === source.ip
  const saysReceived = via.received !== undefined
  if (isHonest && !saysReceived && via.rport === undefined) return undefined
  // The one that nearly every request brings: an `rport` without value and nothing in quotes. 0.3 µs instead of 0.9.
  const rport = saysReceived || via.rport !== '' ? -1 : bareRport(via.text)
  if (rport >= 0) {
    const others = via.text.slice(0, rport) + via.text.slice(rport + RPORT.length)
    return `${others};received=${source.ip};rport=${source.port}`
  }
  const semicolon = via.text.indexOf(';')
  let out = semicolon < 0 ? via.text : via.text.slice(0, semicolon).trimEnd()
  for (const [name, value] of via.params.entries()) {
    if (name === 'received' || name === 'rport') continue
    out += value === '' ? `;${name}` : `;${name}=${value}`
  }
  if (via.rport !== undefined) return `${out};received=${source.ip};rport=${source.port}`
  return isHonest ? out : `${out};received=${source.ip}`
}

const RPORT = ';rport'
const SEMICOLON = 59

/** Where `;rport` stands as one whole parameter, or -1 when it must be looked for with care. */
function bareRport(text: string): number {
  const at = text.indexOf(RPORT)
  if (at < 0 || text.includes('"')) return -1
  const end = at + RPORT.length
  return end === text.length || text.charCodeAt(end) === SEMICOLON ? at : -1
}

/** What is known of the request whose response has lost its flow. */
export interface LostFlow {
  /** Top Via of the request as received. */
  readonly via: Via
  readonly source: Address
  readonly isReliable: boolean
  /** Whether the sender is a configured peer, whose `maddr` is honoured. */
  readonly isKnownPeer: boolean
}

/**
 * Address for a response when the flow of its request is closed (TRN-04, TRN-06), or undefined when nothing may be
 * sent: the place must be the source of the request, or named by a configured peer (TRN-05).
 */
export function responseAddress(lost: LostFlow): Address | undefined {
  const { via, source } = lost
  const sentByPort = via.port ?? (via.transport === 'TLS' || via.transport === 'WSS' ? 5061 : 5060)
  if (!lost.isReliable && via.rport !== undefined) return source
  const maddr = via.maddr === undefined ? undefined : canonicalIp(via.maddr.replace('[', '').replace(']', ''))
  const address = { ip: lost.isKnownPeer && maddr !== undefined ? maddr : source.ip, port: sentByPort }
  return isAllowedDestination(address, source) ? address : undefined
}

/** Never to multicast, broadcast or reserved addresses, and to loopback only for who is there himself (TRN-05). */
export function isAllowedDestination(address: Address, source: Address): boolean {
  const kind = ipKind(address.ip)
  if (kind === undefined || kind === 'unusable') return false
  return kind !== 'loopback' || ipKind(source.ip) === 'loopback'
}
