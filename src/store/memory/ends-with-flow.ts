import { isFlowOnly } from '../../sip/registrar/target-set.ts'
import type { Binding } from '../location.ts'

/**
 * Whether a binding ends with this flow (RFC 5626 §7). A phone that knows nothing of outbound may close the TCP
 * connection that it registered by: it is called at its contact over a new one (RFC 3261 §18.1.1). Over TLS no
 * phone has a name that a certificate could bear, so there the connection is all there is.
 */
export function endsWithFlow(binding: Binding, flowKey: string): boolean {
  if (binding.flowToken !== flowKey && binding.received !== flowKey) return false
  return isFlowOnly(binding) || !binding.received.startsWith('tcp:')
}
