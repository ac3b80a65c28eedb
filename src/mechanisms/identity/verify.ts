import { LIMITS } from '../../base/limits.ts'
import { failed } from '../../base/result.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { type Candidate, checkFreshness, checkMediaKeys, type Reading, readCandidate } from './candidate.ts'
import { decide, type IdentityResult, type Verification } from './decision.ts'
import { divChain } from './div-chain.ts'
import { factsOf, type KnownFacts, type MessageFacts } from './facts.ts'
import type { IdentityFailure } from './failure.ts'
import { isParty, type Party, sameParty } from './party.ts'
import type { VerificationWorld } from './policy.ts'
import { richCallDataOf } from './rich-call-data.ts'
import { type SignedVerdict, signedVerdicts } from './signed-verdicts.ts'

/** A token for the call itself, against the message: the ways in which it may count. */
interface Call {
  readonly reading: Reading
  readonly candidate: Candidate
  /** Its destination is who was called, and it is fresh: valid by itself. */
  readonly isDirect: boolean
  /** Diversions that lead from its destination to where the request goes. */
  readonly chain: readonly Candidate[]
  /** Why it counts in no way. */
  readonly failure: IdentityFailure | undefined
}

/**
 * Judges all Identity header fields of a request, in a dialog or not.
 *
 * Everything that can be told without a key comes first, so that nobody's certificate is fetched for a token that does
 * not fit. When certificates are missing nothing is noted and nothing decided: fetch them and ask again.
 * @see RFC 8224 §6.2, RFC 8946 §4.2
 */
export function verifyRequest(
  request: SipRequest,
  world: VerificationWorld,
  known: KnownFacts = {},
): Verification {
  const values = request.headers(H.identity)
  return values.length === 0
    ? decide([], undefined)
    : verifyIdentities(values, factsOf(request, known), world)
}

/** As `verifyRequest`, of values and facts. */
export function verifyIdentities(
  values: readonly string[],
  facts: MessageFacts,
  world: VerificationWorld,
): Verification {
  const readings = readAll(values, facts, world)
  const candidates = readings.flatMap(({ candidate }) => (candidate.ok ? [candidate.value] : []))
  const divs = candidates.filter(each => each.ppt === 'div')
  const calls: Call[] = []
  for (const reading of readings) {
    const { candidate } = reading
    if (candidate.ok && candidate.value.ppt !== 'div')
      calls.push(callOf(reading, candidate.value, divs, facts, world))
  }
  const needed = new Set<Candidate>()
  for (const { failure, candidate, chain } of calls)
    if (failure === undefined) for (const each of [candidate, ...chain]) needed.add(each)
  const verdicts = signedVerdicts(needed, facts, world)
  if (verdicts.kind === 'needs-fetch') return verdicts

  const failures = new Map<Reading, IdentityFailure>()
  const valid: Call[] = []
  for (const call of calls) {
    const failure = call.failure ?? failureOf(call, verdicts.of, facts, world)
    if (failure === undefined) valid.push(call)
    else failures.set(call.reading, failure)
  }
  const results = readings.map(reading => {
    const candidate = reading.candidate.ok ? reading.candidate.value : undefined
    const verdict = candidate === undefined ? undefined : verdicts.of.get(candidate)
    const isLoose = candidate?.ppt === 'div' && verdict === undefined
    const failure =
      failures.get(reading) ??
      verdict?.failure ??
      (isLoose ? looseFailure(candidate, candidates, facts, world) : undefined)
    return resultOf(reading, failure, verdict)
  })
  const proven = valid.find(({ candidate }) => candidate.claims.attest !== undefined) ?? valid[0]
  const passport = proven === undefined ? undefined : results[readings.indexOf(proven.reading)]
  if (proven === undefined || passport === undefined) return decide(results, undefined)
  const { candidate, chain } = proven
  return decide(results, {
    passport,
    caller: candidate.claims.orig,
    reached: undefined,
    diversions: isSound(chain, verdicts.of) ? partiesOf(chain) : [],
    richCallData: richCallDataOf(candidate.payload, facts.displayName),
  })
}

/** Reads every value; what stands twice counts not even once (STV-07). */
export function readAll(
  values: readonly string[],
  facts: MessageFacts,
  world: VerificationWorld,
): readonly Reading[] {
  if (values.length > LIMITS.maxIdentities)
    return values.map(() => ({ ...UNREAD, candidate: failed('too-many') }))
  const readings = values.map(value => readCandidate(value, facts, world.policy))
  if (readings.length === 1) return readings
  return readings.map(reading => {
    // By r alone: s has two values that verify.
    const r = reading.signature?.subarray(0, 32)
    const isTwice =
      r !== undefined && readings.some(each => each !== reading && each.signature?.subarray(0, 32).equals(r))
    return isTwice ? { ...reading, candidate: failed('header-duplicate') } : reading
  })
}

const UNREAD = { ppt: '', x5u: '', ppi: '', signature: undefined } as const

export function resultOf(
  reading: Reading,
  failure: IdentityFailure | undefined,
  verdict: SignedVerdict | undefined,
): IdentityResult {
  const { candidate, ppt, ppi, x5u } = reading
  return {
    failure: candidate.ok ? failure : candidate.error,
    ppt,
    ppi,
    x5u,
    claims: candidate.ok ? candidate.value.claims : undefined,
    credential: verdict?.credential,
  }
}

/** Whether each diversion of a chain is signed by whom it should be. */
export function isSound(
  chain: readonly Candidate[],
  verdicts: ReadonlyMap<Candidate, SignedVerdict>,
): boolean {
  return chain.every(div => verdicts.get(div)?.failure === undefined)
}

/** Who diverted. */
export function partiesOf(chain: readonly Candidate[]): readonly Party[] {
  return chain.map(({ claims }) => claims.div).filter(party => party !== undefined)
}

/** What can be told of a token for a call without a key. */
function callOf(
  reading: Reading,
  candidate: Candidate,
  divs: readonly Candidate[],
  facts: MessageFacts,
  world: VerificationWorld,
): Call {
  const { policy, nowMs } = world
  const { orig, dest } = candidate.claims
  const no = (failure: IdentityFailure): Call => ({ reading, candidate, isDirect: false, chain: [], failure })
  if (candidate.ppt === 'rsp') return no('response-only')
  if (!facts.callers.some(uri => isParty(uri, orig, policy.numbers))) return no('orig-differs')
  const media = checkMediaKeys(candidate, facts)
  if (media !== undefined) return no(media)

  const isCallee = facts.callees.some(uri => dest.some(party => isParty(uri, party, policy.numbers)))
  const stale = checkFreshness(candidate, facts, policy.maxAgeSeconds, policy, nowMs)
  const isDirect = isCallee && stale === undefined
  const { target } = facts
  const isEnd = (party: Party) => target !== undefined && isParty(target, party, policy.numbers)
  const chain = divs.length === 0 ? undefined : divChain({ orig, dest }, divs, isEnd)
  const old = chain === undefined ? undefined : staleIn([candidate, ...chain], facts, world)
  if (chain !== undefined && old === undefined)
    return { reading, candidate, isDirect, chain, failure: undefined }
  if (isDirect) return { reading, candidate, isDirect, chain: [], failure: undefined }
  if (isCallee && stale !== undefined) return no(stale)
  return no(old ?? (divs.length > 0 ? 'chain-target-differs' : 'dest-differs'))
}

/** The outermost token is fresh as any; those below may be as old as a call that rang (RFC 8946 §4.2 step 4). */
function staleIn(
  path: readonly Candidate[],
  facts: MessageFacts,
  { policy, nowMs }: VerificationWorld,
): IdentityFailure | undefined {
  const withoutDate = { ...facts, date: undefined }
  for (const [at, candidate] of path.entries()) {
    const isOutermost = at === path.length - 1
    const maxAge = isOutermost ? policy.maxAgeSeconds : policy.maxDivertedAgeSeconds
    // Date is the call's own, and as old as the innermost token may be.
    const failure = checkFreshness(candidate, at === 0 ? facts : withoutDate, maxAge, policy, nowMs)
    if (failure !== undefined) return failure
  }
  return undefined
}

/** With keys: whether the token counts after all, and was not used for another call. */
function failureOf(
  call: Call,
  verdicts: ReadonlyMap<Candidate, SignedVerdict>,
  facts: MessageFacts,
  world: VerificationWorld,
): IdentityFailure | undefined {
  const { candidate, chain, isDirect } = call
  const own = verdicts.get(candidate)?.failure
  if (own !== undefined) return own
  if (!isDirect && !isSound(chain, verdicts)) return 'chain-incomplete'
  return world.replay?.use(candidate.signature, facts.callId, candidate.claims.iat)
}

/** What is wrong with a diversion that belongs to no call here. */
function looseFailure(
  div: Candidate,
  all: readonly Candidate[],
  { target }: MessageFacts,
  { policy }: VerificationWorld,
): IdentityFailure {
  const others = all.filter(each => each !== div)
  const ofCaller = others.filter(({ claims }) => sameParty(claims.orig, div.claims.orig))
  if (others.length > 0 && ofCaller.length === 0) return 'chain-orig-differs'
  const left = div.claims.div
  const isLinked = ofCaller.some(({ claims }) =>
    claims.dest.some(each => left !== undefined && sameParty(each, left)),
  )
  const isHere = target !== undefined && div.claims.dest.some(party => isParty(target, party, policy.numbers))
  return isLinked && !isHere ? 'chain-target-differs' : 'chain-incomplete'
}
