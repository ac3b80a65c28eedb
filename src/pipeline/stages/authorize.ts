import type { Proven } from '../../base/proof.ts'
import { DEFAULT_DENY, type PolicyDecision } from '../../mechanisms/policy/index.ts'
import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import type { Caller } from '../caller.ts'
import { ownAor } from '../own-aor.ts'
import { next, type RequestContext, reply, type Stage, type Verdict } from '../stage.ts'
import { warning } from '../warning.ts'
import type { Authenticated } from './authenticate.ts'
import { type InDialog, proofByPassword } from './in-dialog-proof.ts'

/** Made here alone; `forward` asks for it. */
export type Authorized = Proven<{ readonly by: Authenticated | InDialog }, 'authorized'>

/**
 * Default deny: own users call own users; anything outward needs a rule, and a rule may take calls among own users
 * away (PRX-05). What a dialog proved is allowed, since its first request was.
 */
export const authorize: Stage = {
  name: 'authorize',
  rfc: 'RFC 3261 §16.3, §26.1',
  meets: ['no-authorisation-model'],
  run: context => {
    const { inDialog, caller } = context
    if (inDialog !== undefined) return grant(context, inDialog)
    if (caller === undefined) return reply(403, 'not-authenticated')
    context.inDialog = proofByPassword(context)
    if (context.inDialog !== undefined) return grant(context, context.inDialog)
    if (isForDialog(context)) return reply(481, 'dialog-not-proven')
    return decide(context, caller)
  },
}

/**
 * A phone knows its dialogs by Call-ID and tags alone, so a password of one's own must not open the calls of others
 * to who overheard these (UAS-09). Every dialog that goes through here has a proof.
 */
function isForDialog({ request, scope }: RequestContext): boolean {
  return request.to.tag !== undefined && scope !== 'registrar' && scope !== 'server'
}

function decide(context: RequestContext, authenticated: Authenticated): Verdict | Promise<Verdict> {
  const { scope, ports, flow } = context
  const targetUri = context.route.uri
  const { caller } = authenticated
  if (scope === 'registrar' || scope === 'server') return grant(context, authenticated)
  // A subscription is answered within its dialog (RFC 6665 §4.1.3): this is an order to the phone of somebody else.
  if (context.request.method === 'NOTIFY' && caller.kind === 'user') return reply(481, 'dialog-not-proven')
  if (!mayTakeItsWay(context, caller)) return reply(403, 'route-not-allowed')
  const reachesOwnUsers = caller.kind !== 'trunk' || ports.trunkOf(flow)?.reachesOwnUsers === true
  const isOwnUser = scope === 'own' && ports.userExists(ownAor(targetUri, ports))
  if (isOwnUser && reachesOwnUsers && !ports.judgesOwnUsers) return grant(context, authenticated)
  const decision = ports.outward(context, caller, targetUri, isOwnUser)
  // A user of ours that does not exist is said as such to whoever may call own users, unless a rule says no.
  if (decision.rule === DEFAULT_DENY && scope === 'own' && reachesOwnUsers)
    return grant(context, authenticated)
  const last = ports.decided(context, caller, decision)
  return last instanceof Promise
    ? last.then(late => act(context, authenticated, late))
    : act(context, authenticated, last)
}

function act(context: RequestContext, authenticated: Authenticated, decision: PolicyDecision): Verdict {
  if (!decision.isAllowed) return refuse(context, decision)
  context.decision = decision
  context.viaTrunk = decision.via
  return grant(context, authenticated)
}

/** RFC 3261 §21.4.4: understood and refused, and no password changes that. */
function refuse({ ports }: RequestContext, { rule }: PolicyDecision): Verdict {
  const why = rule === DEFAULT_DENY ? 'no-rule-allows' : 'denied-by-rule'
  const text = rule === DEFAULT_DENY ? 'No rule allows this' : `Refused by rule ${rule}`
  return reply(403, why, [['Warning', warning(ports.agentHost, text)]])
}

/**
 * The Request-URI says who is called, but a Route that is left over, or a foreign `maddr`, says where the request is
 * sent: each place on that way needs a rule as a Request-URI does, and one that names no trunk (PRX-05). What stands in
 * a Route beside the Request-URI is also no part of the digest, so a strict route needs the proof of its dialog.
 */
function mayTakeItsWay(context: RequestContext, caller: Caller): boolean {
  const { route, scope, ports } = context
  if (route.wasStrict) return false
  const isAllowed = (uri: Uri): boolean => {
    const decision = ports.outward(context, caller, uri, false)
    return decision.isAllowed && decision.via === undefined
  }
  if (route.routes.length > 0 && !isAllowed(route.uri)) return false
  if (scope === 'foreign' && route.uri.params.has('maddr') && !isAllowed(atMaddr(route.uri))) return false
  return route.routes.every(value => {
    const parsed = parseNameAddr(value)
    if (!parsed.ok) return false
    const { uri } = parsed.value
    return isAllowed(uri) && (!uri.params.has('maddr') || isAllowed(atMaddr(uri)))
  })
}

/** The URI as `maddr` has it sent: the host of the URI is only what stands in the request then. */
function atMaddr(uri: Uri): Uri {
  const maddr = (uri.params.get('maddr') ?? '').toLowerCase()
  return { ...uri, host: maddr.startsWith('[') ? maddr.slice(1, -1) : maddr }
}

function grant(context: RequestContext, by: Authenticated | InDialog): Verdict {
  context.authorized = { by } as Authorized
  return next
}
