import { isIP } from 'node:net'
import { attack } from '../attack.ts'
import { callThrough, hangUp, type Party } from '../call.ts'

/** A call between two phones on TLS, whose further requests are led over a transport in clear. */
export const tlsCallGoesOnInClear = attack({
  id: 'tls-call-goes-on-in-clear',
  entry: 'H13',
  title: 'reads what phones on TLS say later in a call, because the server leads it over UDP or TCP',
  threats: ['eavesdropping', 'tls-not-over-udp'],
  clause: 'Table 1, row 1: interception of signalling; §3.2, TLS',
  references: ['RFC 5630 §3.1.3', 'RFC 3261 §16.6', 'RFC 3263 §4.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['two-accounts', 'tls'],
  expected:
    'The first Record-Route that a phone on TLS sees is a sips URI, or has `transport=tls` or `transport=ws`.',
  mending: {
    aspis: 'On by default: Record-Route carries the transport of the side that reads it.',
    kamailio:
      '`modparam("rr", "enable_double_rr", 1)`, the default, so that each side reads its own transport.',
    opensips:
      'rr: `record_route()` writes two values where the transport changes; do not remove one of them.',
    asterisk:
      'As a B2BUA it writes Contact: give the transport of TLS its own `external_signaling_address` and port.',
  },
  async run(trial) {
    const alice = await trial.registered(0, { transport: 'TLS' })
    const bob = await trial.registered(1, { transport: 'TLS' })
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const { caller, callee } = calling.call
    const sides = [
      { says: 'the caller', next: nextHop(caller) },
      { says: 'the callee', next: nextHop(callee) },
    ]
    await hangUp(calling.call)
    const inClear = sides.filter(({ next }) => isInClear(next))
    const counts = { sides: sides.length, inClear: inClear.length }
    if (inClear.length > 0)
      return trial.succeeded(
        `both phones are on TLS, and ${inClear.map(({ says, next }) => `${says} is told to go on by ${next}`).join(', ')}`,
        counts,
      )
    return trial.resisted(
      `both phones are on TLS and are told to go on by ${sides.map(({ next }) => next).join(' and ')}`,
      counts,
    )
  },
})

/** Where the next request of that side goes (RFC 3261 §12.2.1.1), without what the server wrote for itself. */
function nextHop({ routes, remoteTarget }: Party): string {
  const [first] = routes
  const uri = first === undefined ? remoteTarget : (/<([^>]*)>/.exec(first)?.[1] ?? first)
  return uri.slice(0, uri.indexOf(':') + 1) + uri.slice(Math.max(uri.indexOf(':'), uri.lastIndexOf('@')) + 1)
}

/** A name without port and transport may lead to TLS (RFC 3263 §4.1): nobody knows from here. */
function isInClear(uri: string): boolean {
  const lower = uri.toLowerCase()
  if (lower.startsWith('sips:')) return false
  const transport = /;transport=([a-z]+)/.exec(lower)?.[1]
  if (transport !== undefined) return transport === 'udp' || transport === 'tcp'
  const host = lower.slice(4).split(';')[0] ?? ''
  return host.startsWith('[') || /:\d+$/.test(host) || isIP(host) !== 0
}
