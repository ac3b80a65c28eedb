import { failed, ok, type Result } from '../../base/result.ts'
import type { Target } from '../../sip/proxy/response-context.ts'
import type { Binding } from '../../sip/registrar/binding.ts'
import { bindingsOfGruu, isGruu, resolveGruu } from '../../sip/registrar/gruu.ts'
import { type Target as BoundTarget, sipsWarning, targetsFor } from '../../sip/registrar/target-set.ts'
import { uriEquals } from '../../sip/uri/equals.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import { ownAor } from '../own-aor.ts'
import { drop, next, type Place, type RequestContext, reply, type Stage, type Verdict } from '../stage.ts'
import type { InDialog } from './in-dialog-proof.ts'

/** Finds the target set (RFC 3261 §16.5): of a dialog, of an address-of-record, or the Request-URI itself. */
export const locate: Stage = {
  name: 'locate',
  rfc: 'RFC 3261 §16.5; RFC 5626 §5.3; RFC 5627 §6.1',
  meets: [],
  run: context => {
    const found = placesOf(context)
    if (!found.ok)
      return context.request.method === 'ACK' ? drop('ack-without-target') : without(context, found.error)
    context.rounds = found.value
    return next
  },
}

/** A user who is not here may be served elsewhere (RFC 4740 §6.5). */
function without(context: RequestContext, refusal: Verdict): Verdict | Promise<Verdict> {
  const { ports, route, scope } = context
  const isAbsent =
    refusal.kind === 'reply' && (refusal.why === 'not-registered' || refusal.why === 'no-such-user')
  if (ports.servedElsewhere === undefined || !isAbsent || scope !== 'own') return refusal
  return ports.servedElsewhere(ownAor(route.uri, ports), route.uri).then(found => {
    if (found === 'nowhere') return refusal
    if (found === 'unknown') return reply(503, 'aaa-unavailable', [['Retry-After', RETRY_AFTER_SECONDS]])
    context.rounds = one(found)
    return next
  })
}

/** Seconds after which whoever knows where users are may be there again. */
const RETRY_AFTER_SECONDS = '5'

type Rounds = readonly (readonly Target<Place>[])[]

function placesOf(context: RequestContext): Result<Rounds, Verdict> {
  const { inDialog, route, scope, viaTrunk, ports } = context
  if (route.flowToken !== undefined && context.inDialog === undefined)
    return byFlowToken(context, route.flowToken)
  if (inDialog !== undefined) return ok(one(dialogPlace(context, inDialog)))
  if (viaTrunk !== undefined) {
    const place = ports.trunkPlace(viaTrunk, route.uri)
    return place === undefined ? failed(reply(500, 'trunk-unknown')) : ok(one(place))
  }
  // A route that is left over leads, whoever the Request-URI names (RFC 3261 §16.5).
  if (scope === 'own' && route.routes.length === 0) return ownTargets(context)
  return ok(one(place(route.requestUri, 'outside')))
}

/**
 * The far side of a dialog: by the flow that its contact is registered by now, else by the one that it was reached by
 * when the dialog began.
 */
function dialogPlace(context: RequestContext, inDialog: InDialog): Place {
  const { route, request, ports, wallMs } = context
  // To is what the caller wrote: a BYE of a gateway's call must not end at a phone that To names (PRX-05).
  const isBeyond = request.method !== 'ACK' && ports.leadsBeyond?.(request, inDialog) === true
  if (route.routes.length > 0 || isBeyond) return farPlace(route.requestUri, inDialog, false)
  const aor = ownAor(request.to.uri, ports)
  if (isGruu(route.uri) && ports.servedDomain(route.uri.host) !== undefined) {
    // Our own domain is looked up nowhere: without the dialog's flow there is no way.
    return gruuPlace(context, aor) ?? farPlace(route.requestUri, inDialog, true)
  }
  for (const binding of ports.bindings(aor, wallMs)) {
    if (!isContact(binding, route)) continue
    return {
      uri: route.requestUri,
      path: binding.path,
      flowKey: binding.received,
      isFlowOnly: false,
      needsTls: false,
      isRegistered: true,
      peer: 'outside',
    }
  }
  return farPlace(route.requestUri, inDialog, false)
}

function farPlace(uri: string, { towards = '' }: InDialog, isFlowOnly: boolean): Place {
  return {
    uri,
    path: [],
    flowKey: towards,
    isFlowOnly,
    needsTls: false,
    isRegistered: false,
    peer: 'outside',
  }
}

/** Phones mostly write their contact in the dialog as they registered it. */
function isContact({ contact }: Binding, { requestUri, uri }: RequestContext['route']): boolean {
  if (contact === requestUri) return true
  const parsed = parseUri(contact)
  return parsed.ok && uriEquals(parsed.value, uri)
}

/** A GRUU as contact leads to its instance, wherever that is by now (RFC 5627 §6.1), and to the party itself only. */
function gruuPlace({ route, ports, wallMs }: RequestContext, aor: string): Place | undefined {
  const gruu = resolveGruu(route.uri, ports.gruuKeys)
  if (gruu?.aor !== aor) return undefined
  const bindings = bindingsOfGruu(ports.bindings(aor, wallMs), gruu)
  const groups = bindings.ok ? targetsFor(bindings.value, route.uri, wallMs, 1) : bindings
  const first = groups.ok ? groups.value[0]?.targets[0] : undefined
  return first === undefined ? undefined : { ...boundPlace(first), peer: 'outside' }
}

/** A Route with a flow token is no passport: who sent it was authorized before (OUT-11). */
function byFlowToken({ route, ports, wallMs }: RequestContext, token: string): Result<Rounds, Verdict> {
  const flow = ports.flowKeyOfToken(token, wallMs)
  if (!flow.ok) return failed(reply(flow.error, flow.error === 430 ? 'flow-gone' : 'flow-token-bad'))
  return ok(one({ ...place(route.requestUri, 'user'), flowKey: flow.value, isFlowOnly: true }))
}

function ownTargets(context: RequestContext): Result<Rounds, Verdict> {
  const { route, ports, domain, wallMs } = context
  const aor = ownAor(route.uri, ports)
  const always = ports.nextHopFor(domain, 'registered', route.uri)
  if (always !== undefined) return ok(one(always))
  if (isGruu(route.uri)) return byGruu(context)
  if (!ports.userExists(aor)) {
    const beyond = ports.nextHopFor(domain, 'unknown', route.uri)
    return beyond === undefined ? failed(reply(404, 'no-such-user')) : ok(one(beyond))
  }
  const bindings = ports.bindings(aor, wallMs)
  if (bindings.length === 0) {
    const beyond = ports.nextHopFor(domain, 'unregistered', route.uri)
    if (beyond !== undefined) return ok(one(beyond))
  }
  return ofBindings(context, bindings)
}

function byGruu(context: RequestContext): Result<Rounds, Verdict> {
  const { route, ports, wallMs } = context
  const gruu = resolveGruu(route.uri, ports.gruuKeys)
  if (gruu === undefined || !ports.userExists(gruu.aor)) return failed(reply(404, 'no-such-gruu'))
  const bindings = bindingsOfGruu(ports.bindings(gruu.aor, wallMs), gruu)
  if (!bindings.ok) return failed(reply(bindings.error, 'gruu-not-registered'))
  return ofBindings(context, bindings.value)
}

function ofBindings(
  { route, ports, wallMs }: RequestContext,
  bindings: readonly Binding[],
): Result<Rounds, Verdict> {
  const groups = targetsFor(bindings, route.uri, wallMs, ports.maxTargets)
  if (!groups.ok) {
    if (groups.error === 'not-registered') return failed(reply(480, 'not-registered'))
    return failed(reply(480, 'sips-not-allowed', [['Warning', sipsWarning(380, ports.agentHost)]]))
  }
  return ok(groups.value.map(group => group.targets.map(boundTarget)))
}

function boundTarget(target: BoundTarget): Target<Place> {
  return { place: boundPlace(target), otherFlows: target.alternatives.map(boundPlace) }
}

function boundPlace(target: BoundTarget): Place {
  return {
    uri: target.requestUri,
    path: target.route,
    flowKey: target.received,
    isFlowOnly: target.isFlowOnly,
    needsTls: target.needsTls,
    isRegistered: true,
    peer: 'user',
  }
}

function place(uri: string, peer: Place['peer']): Place {
  return { uri, path: [], flowKey: '', isFlowOnly: false, needsTls: false, isRegistered: false, peer }
}

function one(only: Place): Rounds {
  return [[{ place: only, otherFlows: [] }]]
}
