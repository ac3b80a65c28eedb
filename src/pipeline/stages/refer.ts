import { ok, type Result } from '../../base/result.ts'
import { DEFAULT_DENY } from '../../mechanisms/policy/index.ts'
import { judgeReferTo, type ReferTo, referToOf } from '../../mechanisms/refer/refer-to.ts'
import { type ReferredBy, referredByOf } from '../../mechanisms/refer/referred-by.ts'
import { type Replaces, replacesOf } from '../../mechanisms/refer/replaces.ts'
import { isOfRefer, judgeToken, type SignedToken } from '../../mechanisms/refer/token.ts'
import { openAibById } from '../../mechanisms/smime/aib.ts'
import { H } from '../../sip/message/header-id.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import type { Caller } from '../caller.ts'
import { ownAor } from '../own-aor.ts'
import type { Parties } from '../refer-port.ts'
import { next, type RequestContext, reply, type Stage, type Verdict } from '../stage.ts'

/**
 * REFER leads where it may, and names as referrer who sends it; what a reference caused is let on when its token
 * proves the referrer, or when nothing here asks for a proof. A Referred-By is neither changed nor removed
 * (RFC 3892 §3): unproven it is counted, and the phone must say so.
 */
export const refer: Stage = {
  name: 'refer',
  rfc: 'RFC 3515 §2.4; RFC 7647; RFC 3892 §2.3, §4.1; RFC 3891 §3',
  meets: [
    'referee-in-the-middle',
    'referred-by-forged',
    'referred-by-pasted',
    'referred-by-protection-optional',
  ],
  run: context => {
    const { request, scope } = context
    const { method } = request
    if (method === 'REFER') return scope === 'registrar' || scope === 'server' ? next : judgeRefer(context)
    if (context.inDialog !== undefined || method === 'ACK' || method === 'CANCEL') return next
    if (!request.has(H.replaces) && !request.has(H.referredBy)) return next
    return scope === 'registrar' || scope === 'server' ? next : judgeReferenced(context)
  },
}

function judgeRefer(context: RequestContext): Verdict {
  const { request, ports } = context
  const isInDialog = context.inDialog !== undefined
  const referTo = referToOf(request)
  if (!referTo.ok) return reply(400, referTo.error)
  const referredBy = referredByOf(request)
  if (!referredBy.ok) return reply(400, referredBy.error)
  if (!isInDialog && !isAmong(ports.refer.outOfDialog, context)) return reply(403, 'refer-from-stranger')
  const rules = {
    hosts: ports.refer.hosts,
    isServed: (host: string) => ports.servedDomain(host) !== undefined,
  }
  const isSecure = context.route.uri.scheme === 'sips'
  const fault = judgeReferTo(referTo.value, rules, isSecure, isInDialog)
  if (fault !== undefined) return reply(403, fault)
  if (!mayCallItself(context, referTo.value)) return reply(403, 'refer-not-allowed')
  return judgeReferrer(context, referTo.value, referredBy.value)
}

/**
 * Nobody refers others to where he may not call himself: a stranger in a call would have the phone of a user dial what
 * the user pays for. A user who takes over a call of his own names the contact of a phone, of which no rule knows.
 */
function mayCallItself(context: RequestContext, { uri, replaces }: ReferTo): boolean {
  const { ports } = context
  const party = partyOf(context)
  const served = ports.servedDomain(uri.host)
  const isContact = served === undefined && replaces !== undefined && context.inDialog !== undefined
  if (isContact && party?.kind === 'user') return true
  const isOwnUser = served !== undefined && ports.userExists(ownAor(uri, ports))
  const reachesOwnUsers = party?.kind !== 'trunk' || ports.trunkOf(context.flow)?.reachesOwnUsers === true
  if (isOwnUser && reachesOwnUsers && !ports.judgesOwnUsers) return true
  if (party === undefined) return isOwnUser
  const decision = ports.outward(context, party, uri, isOwnUser)
  if (decision.isAllowed || decision.rule !== DEFAULT_DENY) return decision.isAllowed
  // Of a name that we do not know the PBX behind us may know more, as of one that is called.
  return (
    served !== undefined && reachesOwnUsers && ports.nextHopFor(served.name, 'unknown', uri) !== undefined
  )
}

/**
 * Who sends it. In a call From is the name under which the call began (its proof holds both), so that a user of ours
 * is known by it, unless a neighbour brings it who is not trusted with that; undefined: somebody outside.
 */
function partyOf({ caller, request, ports, flow }: RequestContext): Caller | undefined {
  if (caller !== undefined) return caller.caller
  const { uri } = request.from
  const aor = ownAor(uri, ports)
  const trunk = ports.trunkOf(flow)
  if (ports.userExists(aor) && (trunk === undefined || trunk.isTrusted)) {
    const domain = ports.servedDomain(uri.host)?.name ?? uri.host
    return { kind: 'user', user: uri.user ?? '', domain, aors: [aor] }
  }
  return trunk === undefined ? undefined : { kind: 'trunk', trunk: trunk.name, identities: trunk.identities }
}

/** Who is named as the referrer is who sends the REFER, and a token that is shown says what the REFER says. */
function judgeReferrer(
  context: RequestContext,
  referTo: ReferTo,
  referredBy: ReferredBy | undefined,
): Verdict {
  if (referredBy === undefined) return next
  if (!speaksFor(context, referredBy.uri)) return refuse(context, 403, 'referred-by-not-yours')
  const token = tokenOf(context, referredBy)
  if (token.ok)
    return token.value === undefined || isOfRefer(token.value, referTo, referredBy)
      ? next
      : refuse(context, 429, 'token-of-another-refer')
  // An authority that we do not know may be known to the refer target; what was changed is changed for all.
  const isBroken = token.error === 'content-changed' || token.error === 'signature-wrong'
  return isBroken ? refuse(context, 429, token.error) : next
}

function judgeReferenced(context: RequestContext): Verdict {
  const { request, ports } = context
  const replaces = replacesOf(request)
  if (!replaces.ok) return reply(400, replaces.error)
  const referredBy = referredByOf(request)
  if (!referredBy.ok) return reply(400, referredBy.error)
  const proof =
    referredBy.value === undefined ? ok(false) : proveReference(context, referredBy.value, replaces.value)
  if (!proof.ok) return refuse(context, 429, proof.error)
  const isProven = proof.value
  if (referredBy.value !== undefined && !isProven && demandsToken(context))
    return refuse(context, 429, 'referrer-token-missing')
  if (replaces.value !== undefined && !isProven && !isAmong(ports.refer.replaces, context))
    return reply(403, 'replaces-without-reference')
  if (referredBy.value !== undefined) ports.refer.saw(isProven ? 'verified' : 'unverified', '', context)
  return next
}

/** Whether the token of a reference is good; false when there is none. A failure names what is wrong with it. */
function proveReference(
  context: RequestContext,
  referredBy: ReferredBy,
  replaces: Replaces | undefined,
): Result<boolean, string> {
  const { request, ports, route } = context
  const token = tokenOf(context, referredBy)
  if (!token.ok) return token
  if (token.value === undefined) return ok(false)
  const judged = judgeToken(
    token.value,
    {
      method: request.method,
      target: route.uri,
      replaces,
      referredBy,
      callId: request.callId,
      fromTag: request.from.tag ?? '',
      refereeAors: aorsOf(context),
    },
    {
      maxAgeSeconds: ports.refer.tokenAgeSeconds,
      aorOf: uri => ownAor(uri, ports),
      isSameTarget: (a, b) => targetOf(a, context) === targetOf(b, context),
    },
    context.wallMs,
    ports.refer.used,
  )
  return judged.ok ? ok(true) : judged
}

/**
 * The token that a Referred-By names, its signature checked; undefined when it names none, or when what was signed is
 * encrypted for somebody else (RFC 3892 §2.2).
 */
function tokenOf(
  { request, ports, wallMs }: RequestContext,
  { contentId }: ReferredBy,
): Result<SignedToken | undefined, string> {
  if (contentId === undefined) return ok(undefined)
  const message = {
    body: request.body,
    contentType: request.header(H.contentType),
    contentId: request.named('Content-ID'),
  }
  const aib = openAibById(message, contentId, ports.refer.authorities, wallMs)
  if (!aib.ok) return aib.error === 'not-an-aib' ? ok(undefined) : aib
  const { fragment, signers, signed } = aib.value
  return ok({ fragment, signerAors: signers.flatMap(signer => signer.aors), signed })
}

/** A port tells phones at one address apart; of a served domain it is only the way to it. */
function targetOf(uri: Uri, { ports }: RequestContext): string {
  const aor = ownAor(uri, ports)
  return uri.port === undefined || ports.servedDomain(uri.host) !== undefined ? aor : `${aor}:${uri.port}`
}

function demandsToken({ ports, scope, viaTrunk, route }: RequestContext): boolean {
  const { everywhere, ownUsers, trunks, domains } = ports.refer.requireToken
  if (everywhere || (ownUsers && scope === 'own')) return true
  if (viaTrunk !== undefined && trunks.includes(viaTrunk)) return true
  return domains.includes(ports.servedDomain(route.uri.host)?.name ?? route.uri.host)
}

function isAmong(parties: Parties, { caller }: RequestContext): boolean {
  const who = caller?.caller
  if (who?.kind === 'user') return parties.ownUsers
  return who?.kind === 'trunk' && parties.trunks.includes(who.trunk)
}

/** In a call it is who began it, or was called, under that name. */
function speaksFor(context: RequestContext, referrer: Uri): boolean {
  const { caller, request, ports, flow } = context
  const aor = ownAor(referrer, ports)
  const who = caller?.caller
  if (who?.kind === 'user') return who.aors.includes(aor)
  if (who?.kind !== 'trunk') return aor === ownAor(request.from.uri, ports)
  const trunk = ports.trunkOf(flow)
  if (trunk?.domains.includes(referrer.host) === true) return true
  return trunk?.isTrusted === true && ports.servedDomain(referrer.host) === undefined
}

/** The addresses-of-record that the sender proved; `bind-identity` saw to it that a neighbour may say its From. */
function aorsOf({ caller, request, ports }: RequestContext): readonly string[] {
  const who = caller?.caller
  if (who?.kind === 'user') return who.aors
  return who?.kind === 'trunk' ? [ownAor(request.from.uri, ports)] : []
}

function refuse(context: RequestContext, status: 403 | 429, why: string): Verdict {
  context.ports.refer.saw('refused', why, context)
  return reply(status, why)
}
