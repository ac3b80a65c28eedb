import type { Flow } from '../../base/flow.ts'
import {
  checkConnected,
  foreignReasons,
  type IdentityDecision,
  ppiOf,
  type ReplayCheck,
  type Verification,
  type VerificationPolicy,
  type VerificationWorld,
  verificationPolicy,
  verifyRequest,
  verifyResponse,
} from '../../mechanisms/identity/index.ts'
import type { IdentityMode, IdentityPort, Judged, SigningPort } from '../../pipeline/identity.ts'
import { isForwardedElsewhere, isInside } from '../../pipeline/leaving.ts'
import { ownAor } from '../../pipeline/own-aor.ts'
import type { Place, RequestContext } from '../../pipeline/stage.ts'
import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipResponse } from '../../sip/message/message.ts'
import type { IdentityEdits } from '../../sip/proxy/forward.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import type { IdentityConfig } from '../config/identity.ts'
import type { Neighbours } from '../neighbours.ts'
import type { CallerCertificates } from './certificates.ts'
import type { SignedDialogs, Signers } from './dialogs.ts'
import type { IdentityEvents } from './events.ts'
import type { IdentityBack, IdentityForwarding } from './forwarding.ts'
import type { IdentityMaterial } from './material.ts'
import { numberRules } from './numbers.ts'
import { Signing } from './signing.ts'

/** What stays when the configuration changes. */
export interface IdentityMemory {
  readonly replay: ReplayCheck
  readonly dialogs: SignedDialogs
  readonly events: IdentityEvents
}

/** What signed identity stands on. */
export interface IdentityParts {
  readonly config: IdentityConfig
  readonly material: IdentityMaterial
  readonly certificates: CallerCertificates
  readonly memory: IdentityMemory
  readonly neighbours: Neighbours
  /** Monotonic, ms. */
  readonly nowMs: () => number
  /** Whether a far side gets what we found out (RFC 3325 §5). */
  readonly isTrustedPeer: (peer: Place['peer']) => boolean
}

/** What we said of who was reached is said again for so long; then it is signed anew. */
const ANSWER_FRESH_MS = 20_000
/** Signed responses to one request that are looked at: each may cost fetches and signatures, and forks are few. */
const MAX_JUDGED_ANSWERS = 16
const DIGITS = /^\d+$/

/** Signed identity as the stages and forwarding ask for it. */
export class SignedIdentities implements IdentityPort, IdentityForwarding {
  readonly signing: SigningPort | undefined
  readonly #parts: IdentityParts
  readonly #judgedAnswers = new WeakMap<RequestContext, number>()
  readonly #signer: Signing | undefined
  readonly #policy: VerificationPolicy
  readonly #domains: ReadonlyMap<string, IdentityMode>
  readonly #trunks: ReadonlyMap<string, IdentityMode | undefined>

  constructor(parts: IdentityParts) {
    const { config, material, memory } = parts
    this.#parts = parts
    const numbers = numberRules(config.countryCode)
    this.#policy = verificationPolicy({ numbers })
    this.#domains = new Map(config.domains.map(({ name, verify }) => [name, verify]))
    this.#trunks = new Map(config.trunks.map(({ name, verify }) => [name, verify]))
    const attests = new Map(config.trunks.map(({ name, attest }) => [name, attest]))
    const signer = material.signer === undefined ? undefined : new Signing(material.signer, numbers)
    this.#signer = signer
    this.signing =
      signer === undefined
        ? undefined
        : {
            sign: (request, attest, group, wallMs) => {
              const signed = signer.request(request, attest, group, wallMs)
              if (signed.ok) memory.events.signed(signed.value.claims.attest)
              return signed
            },
            attestOf: trunk => {
              const attest = attests.get(trunk)
              return attest === 'none' ? undefined : attest
            },
            hasAnsweredFor: context => this.#signersOf(context)?.isCalleeOurs === true,
            noteUnsigned: (context, why) => memory.events.unsigned(context, why),
          }
  }

  modeOf(flow: Flow, domain: string): IdentityMode {
    const trunk = this.#parts.neighbours.trunkOf(flow)?.name
    const ofTrunk = trunk === undefined ? undefined : this.#trunks.get(trunk)
    return ofTrunk ?? this.#domains.get(domain) ?? this.#parts.config.verify
  }

  verify(context: RequestContext): Verification {
    const asserted = this.#assertedBy(context)
    const target = context.route.uri
    return verifyRequest(
      context.request,
      this.#world(context.wallMs),
      asserted === undefined ? { target } : { target, asserted },
    )
  }

  fetch(x5us: readonly string[], wallMs: number): Promise<void> {
    return this.#parts.certificates.fetch(x5us, wallMs)
  }

  isSameSigner(context: RequestContext, decision: IdentityDecision): boolean {
    const { inDialog } = context
    if (inDialog === undefined) return true
    const first = this.#signersOf(context)?.[inDialog.from]
    return first === undefined || checkConnected(first, decision) === undefined
  }

  signsInDialog(context: RequestContext): boolean {
    const { inDialog } = context
    return inDialog !== undefined && this.#signersOf(context)?.hasSigned[inDialog.from] === true
  }

  note(context: RequestContext, judged: Judged): void {
    const { events, dialogs } = this.#parts.memory
    events.judged(context, judged)
    const { decision, why } = judged
    if (decision === undefined || why !== 'valid') return
    const { request, inDialog } = context
    if (inDialog === undefined) {
      if (request.method === 'INVITE') dialogs.begin(request, decision)
    } else {
      const signers = this.#signersOf(context)
      if (signers !== undefined) signers.hasSigned[inDialog.from] = true
    }
  }

  on(context: RequestContext, place: Place, requestUri: string): IdentityEdits | undefined {
    const { ports } = context
    if (context.inDialog !== undefined) return this.#signedEdits(context)
    if (isForwardedElsewhere(place, ports)) return this.#diverted(context, requestUri)
    const isOurSide = isInside(place, ports)
    const told = isOurSide || this.#parts.isTrustedPeer(place.peer) ? toldOf(context) : undefined
    return isOurSide ? told : { ...told, ...this.#signedEdits(context) }
  }

  back(context: RequestContext, response: SipResponse): IdentityBack | undefined {
    const { status } = response
    if (status <= 100) return undefined
    if (context.signed !== undefined) return this.#backToSigned(context, response, context.signed.identity)
    const { identity } = context
    if (identity === undefined) return undefined
    const stirReasons = identity.reasons.length === 0 ? undefined : identity.reasons
    identity.reasons = []
    const answer = status < 300 ? this.#answer(context) : undefined
    if (stirReasons === undefined && answer === undefined) return undefined
    return { stirReasons, identity: answer?.identity, date: response.has(H.date) ? undefined : answer?.date }
  }

  #world(nowMs: number): VerificationWorld {
    const { certificates, memory } = this.#parts
    return {
      policy: this.#policy,
      lookUp: x5u => certificates.lookUp(x5u, nowMs),
      replay: memory.replay,
      nowMs,
    }
  }

  /** Who calls by the word of a trusted neighbour; only where nobody but him could write it. */
  #assertedBy({ request, flow }: RequestContext) {
    if (!request.has(H.pAssertedIdentity) || this.#parts.neighbours.trunkOf(flow)?.isTrusted !== true)
      return undefined
    const asserted = parseNameAddr(request.list(H.pAssertedIdentity)[0] ?? '')
    return asserted.ok ? asserted.value.uri : undefined
  }

  #signersOf({ request, inDialog }: RequestContext): Signers | undefined {
    return inDialog === undefined
      ? undefined
      : this.#parts.memory.dialogs.of(request, inDialog.from === 'caller')
  }

  #signedEdits({ signed }: RequestContext): IdentityEdits | undefined {
    if (signed === undefined) return undefined
    return { identities: [signed.identity], date: signed.date }
  }

  #diverted(context: RequestContext, requestUri: string): IdentityEdits | undefined {
    const target = parseUri(requestUri)
    if (this.#signer === undefined || !target.ok || !context.request.has(H.identity)) return undefined
    const { events } = this.#parts.memory
    const tokens = this.#signer.diversion(context.request, context.route.uri, target.value, context.wallMs)
    if (!tokens.ok) {
      events.unsigned(context, tokens.error)
      return undefined
    }
    events.signed(undefined)
    return { identities: tokens.value.map(token => token.identity), date: tokens.value[0]?.date }
  }

  /** Who of ours was reached, for a caller who proved himself (RFC 9970 §4). */
  #answer(context: RequestContext) {
    const { identity, request, scope, inDialog, wallMs } = context
    if (this.#signer === undefined || identity?.isValid !== true || scope !== 'own' || inDialog !== undefined)
      return undefined
    if (request.method !== 'INVITE') return undefined
    // The clock of the request would make the answer to a long ring look old.
    const nowMs = wallMs + (this.#parts.nowMs() - context.nowMs)
    const { answered } = identity
    if (answered !== undefined && nowMs - answered.atMs < ANSWER_FRESH_MS) return answered.signed
    const signed = this.#signer.response(request, context.route.uri, nowMs)
    if (!signed.ok) return undefined
    identity.answered = { signed: signed.value, atMs: nowMs }
    const { ports, route } = context
    if (ownAor(route.uri, ports) === ownAor(request.to.uri, ports))
      this.#parts.memory.dialogs.answeredByOurs(request)
    return signed.value
  }

  /** Takes off what others say of our token, and looks at who says that he was reached. */
  #backToSigned(context: RequestContext, response: SipResponse, identity: string): IdentityBack | undefined {
    if (response.status < 300 && response.has(H.identity)) this.#judgeAnswer(context, response)
    if (!response.has(H.reason)) return undefined
    const reasons = response.headers(H.reason)
    const foreign = foreignReasons(reasons, new Set([ppiOf(identity)]))
    if (foreign.length === reasons.length) return undefined
    const isOurs = (reason: string): boolean => !foreign.includes(reason)
    this.#parts.memory.events.notTaken(context, reasons.filter(isOurs))
    return { removeRows: rowsOf(response, H.reason), stirReasons: foreign.length === 0 ? undefined : foreign }
  }

  /** A response cannot be refused, and does not wait for this: what comes out is counted and remembered. */
  #judgeAnswer(context: RequestContext, response: SipResponse): void {
    const judged = this.#judgedAnswers.get(context) ?? 0
    if (judged > MAX_JUDGED_ANSWERS) return
    this.#judgedAnswers.set(context, judged + 1)
    if (judged === MAX_JUDGED_ANSWERS) return this.#parts.memory.events.answered(context, 'too-many')
    const nowMs = context.wallMs + (this.#parts.nowMs() - context.nowMs)
    const verification = verifyResponse(response, context.request, this.#world(nowMs))
    if (verification.kind === 'decided') return this.#noteAnswer(context, verification)
    void this.fetch(verification.x5us, nowMs).then(() => {
      const again = verifyResponse(response, context.request, this.#world(nowMs))
      if (again.kind === 'decided') this.#noteAnswer(context, again)
    })
  }

  #noteAnswer(context: RequestContext, decision: IdentityDecision): void {
    const { events, dialogs } = this.#parts.memory
    events.answered(context, decision.isValid ? 'valid' : (decision.failure ?? 'no-identity'))
    if (decision.isValid) dialogs.answered(context.request, decision)
  }
}

/** What the callee is told of a caller who proved himself (ATIS-1000082; STV-15). */
function toldOf({ identity, request, ports, flow }: RequestContext): IdentityEdits | undefined {
  const decision = identity?.isValid === true ? identity.decision : undefined
  if (decision === undefined) return undefined
  const { attestation, origid, caller } = decision
  // What a trusted neighbour asserted stays as it is.
  const isAsserted = request.has(H.pAssertedIdentity) && ports.trunkOf(flow)?.isTrusted === true
  // A service number such as *72 has no global form.
  const isShown = caller?.kind === 'tn' && DIGITS.test(caller.value) && !isAsserted && !request.has(H.privacy)
  return {
    attestation,
    originationId: origid,
    pAssertedIdentity: isShown ? [`<tel:+${caller.value};verstat=TN-Validation-Passed>`] : undefined,
  }
}

function rowsOf(response: SipResponse, id: number): readonly number[] {
  const rows: number[] = []
  for (let row = 0; row < response.count; row++) if (response.idAt(row) === id) rows.push(row)
  return rows
}
