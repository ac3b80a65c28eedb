import type { Hop } from '../../base/flow.ts'
import { canonicalIp } from '../../base/ip-address.ts'
import type { Place, RequestContext } from '../../pipeline/stage.ts'
import { dialogFactsOf, dialogLeadsTo } from '../../sip/proxy/dialog-proof.ts'
import { ipOfFlowKey } from '../../sip/registrar/flow-token.ts'
import type { Uri } from '../../sip/uri/uri.ts'
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
 * @param located the URI that led to the hops
 */
export function allowedHops(
  env: Destinations,
  context: RequestContext,
  place: Place,
  located: Uri,
  hops: readonly Hop[],
): readonly Hop[] {
  const trunk = trunkTowards(env, context, place)
  const identities = trunk === undefined ? undefined : env.trunkIdentities.get(trunk)
  return hops.flatMap(hop => {
    if (identities !== undefined && hop.transport === 'tls') return identities.map(host => ({ ...hop, host }))
    return place.isRegistered || mayLeadTo(env, context, located, hop) ? [hop] : []
  })
}

const TRUNK = 'trunk:'

/** Name of the trunk that a request goes to: of the place, or of the far side of its dialog, which the proof names. */
export function trunkTowards(env: Destinations, context: RequestContext, place: Place): string | undefined {
  if (place.peer.startsWith(TRUNK)) return place.peer.slice(TRUNK.length)
  if (context.inDialog === undefined || place.isRegistered) return undefined
  return [...env.trunkIdentities.keys()].find(name => leadsToOneOf(env, context, [`${TRUNK}${name}`]))
}

/**
 * Whether a proven request inside a dialog may be sent to a hop that was looked up: its Request-URI and Route are what
 * the sender wrote, and a proof of one dialog must not open the way to any other place (PRX-05).
 */
function mayLeadTo(env: Destinations, context: RequestContext, located: Uri, hop: Hop): boolean {
  if (context.inDialog === undefined) return true
  // With `maddr` the host is what stands in the URI, and not where the hop is.
  const host = located.params.has('maddr') ? '' : hop.host
  const trunk = env.trunkOfHost(host)
  const sources = [env.sourceOfAddress(hop.ip)]
  if (isWhereOutsideIs(context, host, hop.ip)) sources.push('outside')
  if (trunk !== undefined) sources.push(`${TRUNK}${trunk}`)
  return leadsToOneOf(env, context, sources)
}

/**
 * Somebody outside has no source class that says where he is, so his place is the address that he was reached at, or
 * the domain of his address-of-record, which the proof covers.
 */
function isWhereOutsideIs({ request, inDialog }: RequestContext, host: string, ip: string): boolean {
  const towards = inDialog?.towards
  if (towards !== undefined && canonicalIp(ipOfFlowKey(towards)) === canonicalIp(ip)) return true
  const domain = request.to.uri.host
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`))
}

function leadsToOneOf(env: Destinations, context: RequestContext, sources: readonly string[]): boolean {
  const { inDialog, request } = context
  if (inDialog === undefined) return false
  const facts = dialogFactsOf(request)
  return dialogLeadsTo(env.dialogKeys, inDialog.token, inDialog, { ...facts, sources })
}
