import type { Hop } from '../../base/flow.ts'
import type { RequestContext } from '../../pipeline/stage.ts'
import { dialogFactsOf, dialogLeadsTo } from '../../sip/proxy/dialog-proof.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'

/**
 * Whether a proven request inside a dialog may be sent to a hop that was looked up: its Request-URI and Route are what
 * the sender wrote, and a proof of one dialog must not open the way to any other place (PRX-05).
 */
export function mayLeadTo(env: ForwardingEnvironment, context: RequestContext, hop: Hop): boolean {
  const { inDialog, request } = context
  if (inDialog === undefined) return true
  const trunk = env.trunkOfHost(hop.host)
  const sources = [env.sourceOfAddress(hop.ip), 'outside', ...(trunk === undefined ? [] : [`trunk:${trunk}`])]
  return sources.some(source =>
    dialogLeadsTo(
      env.dialogKeys,
      inDialog.token,
      { from: inDialog.from, towards: inDialog.towards },
      { ...dialogFactsOf(request), source },
    ),
  )
}
