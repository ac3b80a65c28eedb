import { H } from '../../sip/message/header-id.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import { type Candidate, checkFreshness, checkMediaKeys, type Reading } from './candidate.ts'
import { decide, type IdentityDecision, type Verification } from './decision.ts'
import { divChain } from './div-chain.ts'
import { dateOf, factsOf, keysOf, type MessageFacts } from './facts.ts'
import type { IdentityFailure } from './failure.ts'
import { isParty, type Party, partyOf, sameParty } from './party.ts'
import type { VerificationWorld } from './policy.ts'
import { signedVerdicts } from './signed-verdicts.ts'
import { isSound, partiesOf, readAll, resultOf } from './verify.ts'

/** Who a dialog was formed with, proven: kept with the dialog (RFC 9970 §6). */
export interface ConnectedParty {
  readonly party: Party
  /** Of the certificate that signed. */
  readonly fingerprint: string
}

interface Answer {
  readonly reading: Reading
  readonly candidate: Candidate
  readonly chain: readonly Candidate[]
  readonly failure: IdentityFailure | undefined
}

/**
 * Judges the rsp token of a response, and the div tokens beside it: who was reached by a request of ours that was signed.
 * A response cannot be refused; what to do about one that is not valid is the caller's choice: CANCEL, BYE, or nothing.
 * @see RFC 9970 §4, §5
 */
export function verifyResponse(
  response: SipResponse,
  request: SipRequest,
  world: VerificationWorld,
): Verification {
  const facts: MessageFacts = {
    ...factsOf(request),
    date: dateOf(response),
    mediaKeys: keysOf(response),
  }
  const readings = readAll(response.headers(H.identity), facts, world)
  const candidates = readings.flatMap(({ candidate }) => (candidate.ok ? [candidate.value] : []))
  const divs = candidates.filter(each => each.ppt === 'div')
  const answers: Answer[] = []
  for (const reading of readings) {
    const { candidate } = reading
    if (candidate.ok && candidate.value.ppt !== 'div')
      answers.push(answerOf(reading, candidate.value, divs, facts, world))
  }
  const needed = new Set<Candidate>()
  for (const { failure, candidate, chain } of answers)
    if (failure === undefined) for (const each of [candidate, ...chain]) needed.add(each)
  const verdicts = signedVerdicts(needed, facts, world)
  if (verdicts.kind === 'needs-fetch') return verdicts

  const failureOf = (answer: Answer): IdentityFailure | undefined =>
    answer.failure ??
    verdicts.of.get(answer.candidate)?.failure ??
    (isSound(answer.chain, verdicts.of)
      ? world.replay?.use(answer.candidate.signature, facts.callId, answer.candidate.claims.iat)
      : 'chain-incomplete')
  const failures = new Map(answers.map(answer => [answer.reading, failureOf(answer)]))
  const results = readings.map(reading => {
    const verdict = reading.candidate.ok ? verdicts.of.get(reading.candidate.value) : undefined
    return resultOf(reading, failures.get(reading) ?? verdict?.failure, verdict)
  })
  const proven = answers.find(({ reading }) => failures.get(reading) === undefined)
  const passport = proven === undefined ? undefined : results[readings.indexOf(proven.reading)]
  if (proven === undefined || passport === undefined) return decide(results, undefined)
  return decide(results, {
    passport,
    caller: undefined,
    reached: proven.candidate.claims.dest[0],
    diversions: partiesOf(proven.chain),
    richCallData: undefined,
  })
}

/** What is to be kept with a dialog whose response was valid. */
export function connectedPartyOf(decision: IdentityDecision): ConnectedParty | undefined {
  const fingerprint = decision.passport?.credential?.fingerprint
  const party = decision.reached ?? decision.caller
  return party === undefined || fingerprint === undefined ? undefined : { party, fingerprint }
}

/**
 * Whether a later message of that side of the dialog comes from the party that was reached: the same one, signed with
 * the same certificate.
 * @see RFC 9970 §6
 */
export function checkConnected(
  connected: ConnectedParty,
  decision: IdentityDecision,
): IdentityFailure | undefined {
  const later = connectedPartyOf(decision)
  if (later === undefined) return decision.failure ?? 'signer-differs'
  const isSame = later.fingerprint === connected.fingerprint && sameParty(later.party, connected.party)
  return isSame ? undefined : 'signer-differs'
}

function answerOf(
  reading: Reading,
  candidate: Candidate,
  divs: readonly Candidate[],
  facts: MessageFacts,
  world: VerificationWorld,
): Answer {
  const { policy, nowMs } = world
  const { numbers } = policy
  const { orig, dest } = candidate.claims
  const no = (failure: IdentityFailure): Answer => ({ reading, candidate, chain: [], failure })
  if (candidate.ppt !== 'rsp') return no('request-only')
  const [reached, ...others] = dest
  // One is reached; a list would let one certificate speak for several.
  if (reached === undefined || others.length > 0) return no('dest-malformed')
  if (!facts.callers.some(uri => isParty(uri, orig, numbers))) return no('orig-differs')
  const failure =
    checkMediaKeys(candidate, facts) ?? checkFreshness(candidate, facts, policy.maxAgeSeconds, policy, nowMs)
  if (failure !== undefined) return no(failure)
  if (facts.callees.some(uri => isParty(uri, reached, numbers)))
    return { reading, candidate, chain: [], failure: undefined }

  const called = facts.callees.map(uri => partyOf(uri, numbers)).filter(party => party !== undefined)
  const chain = divChain({ orig, dest: called }, divs, party => sameParty(party, reached))
  if (chain === undefined) return no(divs.length > 0 ? 'chain-target-differs' : 'dest-differs')
  const withoutDate = { ...facts, date: undefined }
  for (const div of chain) {
    const stale = checkFreshness(div, withoutDate, policy.maxDivertedAgeSeconds, policy, nowMs)
    if (stale !== undefined) return no(stale)
  }
  return { reading, candidate, chain, failure: undefined }
}
