import type { Hop } from '../../base/flow.ts'
import type { Place, RequestContext } from '../../pipeline/stage.ts'
import { dialogFactsOf, dialogLeadsTo } from '../../sip/proxy/dialog-proof.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'

/** What is asked about neighbours and dialogs. */
export type Destinations = Pick<
  ForwardingEnvironment,
  'dialogKeys' | 'sourceOfAddress' | 'trunkIdentities' | 'trunkOfHost'
>

/**
 * Where a request may be sent of the hops that were looked up. What is for a neighbour goes over TLS to whoever proves
 * to be that neighbour, whatever name or address led there (RFC 5922 §7.3): trunks are configured, and Record-Route
 * is often written, by an address that no certificate bears.
 */
export function allowedHops(
  env: Destinations,
  context: RequestContext,
  place: Place,
  hops: readonly Hop[],
): readonly Hop[] {
  const trunk = trunkTowards(env, context, place)
  const identities = trunk === undefined ? undefined : env.trunkIdentities.get(trunk)
  return hops.flatMap(hop => {
    if (identities !== undefined && hop.transport === 'tls') return identities.map(host => ({ ...hop, host }))
    return place.isRegistered || mayLeadTo(env, context, hop) ? [hop] : []
  })
}

const TRUNK = 'trunk:'

function trunkTowards(env: Destinations, context: RequestContext, place: Place): string | undefined {
  if (place.peer.startsWith(TRUNK)) return place.peer.slice(TRUNK.length)
  if (context.inDialog === undefined || place.isRegistered) return undefined
  return [...env.trunkIdentities.keys()].find(name => leadsToOneOf(env, context, [`${TRUNK}${name}`]))
}

/**
 * Whether a proven request inside a dialog may be sent to a hop that was looked up: its Request-URI and Route are what
 * the sender wrote, and a proof of one dialog must not open the way to any other place (PRX-05).
 */
function mayLeadTo(env: Destinations, context: RequestContext, hop: Hop): boolean {
  if (context.inDialog === undefined) return true
  const trunk = env.trunkOfHost(hop.host)
  const sources = [env.sourceOfAddress(hop.ip), 'outside', ...(trunk === undefined ? [] : [`trunk:${trunk}`])]
  return leadsToOneOf(env, context, sources)
}

function leadsToOneOf(env: Destinations, context: RequestContext, sources: readonly string[]): boolean {
  const { inDialog, request } = context
  if (inDialog === undefined) return false
  const direction = { from: inDialog.from, towards: inDialog.towards }
  const facts = dialogFactsOf(request)
  return sources.some(source =>
    dialogLeadsTo(env.dialogKeys, inDialog.token, direction, { ...facts, source }),
  )
}
