import { canonicalIp, ipKind } from '../../base/ip-address.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { aorOf } from '../uri/equals.ts'
import type { Uri } from '../uri/uri.ts'
import { isGruu } from './gruu.ts'
import type { RegisterRefusal } from './register-refusal.ts'
import type { RegisterFacts } from './registrar-facts.ts'

/**
 * Where a contact may point, and how it is reached.
 *
 * A binding is an order to send requests somewhere. One that points back at us makes loops, one that points at a
 * stranger makes us his attacker (RFC 5393 §3), so a contact is believed only where the REGISTER itself came
 * from; an address that means nothing here (private, `.invalid`) is reached by the flow and never dialled.
 */
export type Reach = 'contact' | 'flow'

/** What is already known of the contact. */
export interface ContactSetting {
  /** The binding is one of RFC 5626: its flow is the only way to it. */
  readonly isOutbound: boolean
  readonly hasPath: boolean
  /** The phone asked for answers at its source port (RFC 3581), so it listens there. */
  readonly asksRport: boolean
}

/** Judges the place of a contact with a lifetime. */
export function judgePlace(
  uri: Uri,
  setting: ContactSetting,
  facts: RegisterFacts,
): Result<Reach, RegisterRefusal> {
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return failed('contact-not-sip')
  if (isGruu(uri) && facts.isOwnDomain(uri.host)) return failed('contact-is-gruu')
  if (facts.aor.endsWith(uri.host) && aorOf(uri) === facts.aor) return failed('contact-is-aor')
  const maddr = uri.params.get('maddr')?.toLowerCase()
  const other = maddr === undefined ? undefined : unbracketed(maddr)
  const port = portOf(uri)
  if (isOurs(uri.host, port, facts)) return failed('contact-points-to-us')
  if (other !== undefined && isOurs(other, port, facts)) return failed('contact-points-to-us')
  // The edge or the flow carries the request; the contact is only what stands in it.
  if (setting.hasPath) return ok('contact')
  if (setting.isOutbound || facts.source.transport === 'ws' || facts.source.transport === 'wss')
    return ok('flow')
  if (facts.source.isEdge) return ok('contact')
  const reach = reachOf(uri.host, port, setting, facts)
  const otherReach = other === undefined ? 'contact' : reachOf(other, port, setting, facts)
  if (reach === undefined || otherReach === undefined) return failed('contact-is-foreign')
  return ok(otherReach === 'flow' ? 'flow' : reach)
}

function isOurs(host: string, port: number, facts: RegisterFacts): boolean {
  const name = canonicalIp(host) ?? withoutDot(host)
  return facts.isOwnDomain(name) || facts.isOwnAddress(name, port)
}

function reachOf(
  host: string,
  port: number,
  setting: ContactSetting,
  facts: RegisterFacts,
): Reach | undefined {
  const { source, policy } = facts
  if (host === source.ip) return isAsymmetric(port, setting, facts) ? 'contact' : 'flow'
  const ip = canonicalIp(host)
  if (ip === undefined) {
    const name = withoutDot(host)
    // RFC 2606 §2: never a name of the DNS; browsers and RFC 7118 clients use it.
    if (name === 'invalid' || name.endsWith('.invalid')) return 'flow'
  } else {
    if (ip === canonicalIp(source.ip)) return isAsymmetric(port, setting, facts) ? 'contact' : 'flow'
    if (facts.isOwnNetwork(ip)) return 'contact'
    if (ipKind(ip) !== 'global') return 'flow'
  }
  if (policy.foreignContacts === 'refuse') return undefined
  return policy.foreignContacts === 'flow' ? 'flow' : 'contact'
}

/** A datagram phone that sends from one port and listens at another, without NAT between. */
function isAsymmetric(port: number, setting: ContactSetting, facts: RegisterFacts): boolean {
  return facts.source.transport === 'udp' && port !== facts.source.port && !setting.asksRport
}

/** The port that the URI leads to (RFC 3261 §19.1.2). */
function portOf(uri: Uri): number {
  if (uri.port !== undefined) return uri.port
  return uri.scheme === 'sips' || uri.params.get('transport')?.toLowerCase() === 'tls' ? 5061 : 5060
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

/** `example.com.` is `example.com`. */
function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}
