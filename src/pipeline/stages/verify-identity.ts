import { type IdentityDecision, type IdentityStatus, phraseOf } from '../../mechanisms/identity/index.ts'
import { H } from '../../sip/message/header-id.ts'
import type { IdentityMode, IdentityPort } from '../identity.ts'
import { next, type RequestContext, type Stage, type Verdict } from '../stage.ts'
import { saysVerified } from '../verstat.ts'

/** Requests whose caller matters to the callee. */
const BEGINS: readonly string[] = ['INVITE', 'MESSAGE', 'REFER', 'SUBSCRIBE']
/** RFC 9970 §6: those in a dialog for which connected identity is defined. */
const IN_DIALOG: readonly string[] = ['INVITE', 'UPDATE', 'BYE']
/** Once to fetch what is not known, and once more when meanwhile it was forgotten. */
const MAX_ROUNDS = 2

/**
 * The verification service: who calls from outside is what a signed token says, or nobody (RFC 8224 §6.2). Own users
 * proved themselves by password, and what they send goes on as it is.
 */
export const verifyIdentity: Stage = {
  name: 'verify-identity',
  rfc: 'RFC 8224 §6.2; RFC 8946 §4.2; RFC 9410; RFC 9970 §6',
  meets: ['proxy-unsure-of-user', 'spoofing', 'replay'],
  run: context => {
    const { identity } = context.ports
    if (identity === undefined) return next
    const { request } = context
    const methods = request.to.tag === undefined ? BEGINS : IN_DIALOG
    if (!methods.includes(request.method)) return next
    // What is in no dialog of ours is refused by the next stage, whoever signed it.
    if (request.to.tag !== undefined && context.inDialog === undefined) return next
    const mode = modeOf(context, identity)
    if (mode === 'off') return next
    if (isVerstatForged(context)) return refuse(context, identity, undefined, 403, 'verstat-forged')
    return judge(context, identity, mode, MAX_ROUNDS)
  },
}

function modeOf(context: RequestContext, identity: IdentityPort): IdentityMode {
  if (context.caller?.caller.kind === 'user') return 'off'
  // Between own users nothing is signed: the dialog's proof says who it is. Who signed before may not stop to.
  if (context.inDialog !== undefined && context.ports.trunkOf(context.flow) === undefined) {
    if (!context.request.has(H.identity) && !identity.signsInDialog(context)) return 'off'
  }
  return identity.modeOf(context.flow, context.domain)
}

/** What only a verification service says of a caller may not come along from outside (STV-15). */
function isVerstatForged({ request, ports, flow }: RequestContext): boolean {
  return saysVerified(request.from.uri) && ports.trunkOf(flow)?.isTrusted !== true
}

function judge(
  context: RequestContext,
  identity: IdentityPort,
  mode: IdentityMode,
  rounds: number,
): Verdict | Promise<Verdict> {
  const verification = identity.verify(context)
  if (verification.kind === 'decided') return conclude(context, identity, mode, verification)
  if (rounds === 0) return refuse(context, identity, undefined, 436, 'credential-fetch-failed')
  return identity
    .fetch(verification.x5us, context.wallMs)
    .then(() => judge(context, identity, mode, rounds - 1))
}

function conclude(
  context: RequestContext,
  identity: IdentityPort,
  mode: IdentityMode,
  decision: IdentityDecision,
): Verdict {
  const isMissing = decision.results.length === 0
  if (isMissing && !isDemanded(context, identity, mode)) {
    identity.note(context, { decision, status: 200, why: 'no-identity' })
    return next
  }
  const why = whyNot(context, identity, decision)
  if (why === undefined) {
    context.identity = { isValid: true, decision, reasons: [], answered: undefined }
    context.attestation = decision.attestation
    identity.note(context, { decision, status: 200, why: 'valid' })
    return next
  }
  if (mode === 'report') {
    context.identity = { isValid: false, decision, reasons: decision.reasons, answered: undefined }
    identity.note(context, { decision, status: 200, why })
    return next
  }
  const status = decision.status === 200 ? 438 : decision.status
  return refuse(context, identity, decision, status, why)
}

/**
 * In a dialog a token is demanded of who is known to send them, where the media could be led elsewhere. A BYE goes on
 * without: the proof of the dialog stands in any case, and a neighbour that restarted could not end its calls.
 */
function isDemanded(context: RequestContext, identity: IdentityPort, mode: IdentityMode): boolean {
  if (mode !== 'demand') return false
  const { request } = context
  return request.to.tag === undefined || (request.method !== 'BYE' && identity.signsInDialog(context))
}

function whyNot(
  context: RequestContext,
  identity: IdentityPort,
  decision: IdentityDecision,
): string | undefined {
  if (!decision.isValid) return decision.failure ?? 'no-identity'
  return identity.isSameSigner(context, decision) ? undefined : 'signer-differs'
}

function refuse(
  context: RequestContext,
  identity: IdentityPort,
  decision: IdentityDecision | undefined,
  status: IdentityStatus,
  why: string,
): Verdict {
  identity.note(context, { decision, status, why })
  const phrase = why === 'verstat-forged' ? undefined : (decision?.phrase ?? phraseOf(status))
  return { kind: 'reply', status, why, ...(phrase === undefined ? {} : { reason: phrase }) }
}
