import type { Flow } from '../base/flow.ts'
import type { SipRequest } from '../sip/message/message.ts'
import type { Ports } from './ports.ts'

/**
 * Whether a request stays unanswered, whatever is to be said about it: a datagram of a source that never proved that
 * it receives, and that names no domain of ours. Scanners find nothing here, and nobody is hit by reflections.
 */
export function isSilenced(request: SipRequest, flow: Flow, ports: Ports): boolean {
  if (!ports.isUnservedSilent || flow.isReliable || flow.isProved) return false
  const names = [request.uri.host, request.from.uri.host, request.to.uri.host]
  return names.every(host => ports.servedDomain(host) === undefined) && ports.trunkOf(flow) === undefined
}
