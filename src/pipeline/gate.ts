import type { Flow } from '../base/flow.ts'
import type { SipRequest } from '../sip/message/message.ts'
import type { Ports } from './ports.ts'

/**
 * Whether a request stays unanswered, whatever is to be said about it: a datagram of a source that never proved that
 * it receives, and that names no domain of ours. Scanners find nothing here, and nobody is hit by reflections.
 */
export function isSilenced(request: SipRequest, flow: Flow, ports: Ports): boolean {
  if (!ports.isUnservedSilent || flow.isReliable || flow.isProved) return false
  return (
    ports.servedDomain(request.uri.host) === undefined &&
    ports.servedDomain(request.from.uri.host) === undefined &&
    ports.servedDomain(request.to.uri.host) === undefined &&
    ports.trunkOf(flow) === undefined
  )
}
