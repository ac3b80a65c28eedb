import { H } from '../message/header-id.ts'
import type { SipResponse } from '../message/message.ts'
import type { ResponseEdits } from '../message/write.ts'

/** What the upstream gets when all branches have ended. */
export type FinalAnswer =
  /** One of the responses, with edits. */
  | { readonly kind: 'forward'; readonly response: SipResponse; readonly edits: ResponseEdits }
  /** A response of our own. */
  | { readonly kind: 'own'; readonly status: OwnStatus }
  /** Nothing: a 408 would come too late to help (RFC 4320 §4.2). */
  | { readonly kind: 'silence' }

/** Statuses that a response context answers with by itself. */
export type OwnStatus = 408 | 440 | 480 | 487 | 500

/** Why a branch ended without a final response from the other side. */
export type BranchFailure =
  /** Nothing came in time, from any address of the target. */
  | 'timeout'
  /** No address of the target could be sent to (RFC 3261 §16.9). */
  | 'transport-error'
  /** The flow of the binding is gone (RFC 5626 §5.3.1). */
  | 'flow-failed'

/** What is known of a context when its last branch has ended. */
export interface Outcome {
  readonly isInvite: boolean
  /** Final responses of the branches, in order of arrival, without 2xx. */
  readonly responses: readonly SipResponse[]
  readonly failures: readonly BranchFailure[]
  /** Whether upstream sent CANCEL. */
  readonly isCancelled: boolean
  /** Whether the targets are bindings of ours, so that 430 stops here. */
  readonly isOwnDomain: boolean
}

/** They tell the caller how to ask again (RFC 3261 §16.7 step 6). */
const TELLING = [401, 407, 415, 420, 484]
/** Somebody's device said nothing of use: a person's "busy" on another one is the better answer. */
const SAYS_LITTLE = [404, 480, 481, 482, 483]
const SAYS_LEAST = [408, 430, 440, 487]

/** Chooses what goes upstream (PRX-16, PRX-17, C-02). */
export function bestAnswer(outcome: Outcome): FinalAnswer {
  const best = bestOf(outcome)
  if (best === undefined) return withoutResponse(outcome)
  if (best.status === 503) return { kind: 'own', status: 500 }
  // RFC 5626 §11.5: an endpoint never sees it.
  if (best.status === 430 && outcome.isOwnDomain) return { kind: 'own', status: 480 }
  if (best.status === 408 && !outcome.isInvite) return { kind: 'silence' }
  return { kind: 'forward', response: best, edits: { challenges: otherChallenges(best, outcome.responses) } }
}

function bestOf(outcome: Outcome): SipResponse | undefined {
  let best: SipResponse | undefined
  let bestRank = Number.POSITIVE_INFINITY
  for (const response of outcome.responses) {
    const rank = rankOf(response.status, outcome.isCancelled)
    if (rank < bestRank) {
      best = response
      bestRank = rank
    }
  }
  return best
}

/** Lower is better: 6xx, then classes, then what tells most; equal ones in order of arrival. */
function rankOf(status: number, isCancelled: boolean): number {
  if (status >= 600) return 0
  const rank = Math.floor(status / 100) * 10
  if (isCancelled && status === 487) return rank
  if (TELLING.includes(status)) return rank + 1
  if (SAYS_LEAST.includes(status)) return rank + 4
  if (SAYS_LITTLE.includes(status)) return rank + 3
  return status === 503 ? rank + 5 : rank + 2
}

function withoutResponse(outcome: Outcome): FinalAnswer {
  if (outcome.isCancelled && outcome.isInvite) return { kind: 'own', status: 487 }
  const { failures } = outcome
  // No target at all is unavailable too (RFC 3261 §16.5).
  if (failures.every(failure => failure === 'flow-failed')) return { kind: 'own', status: 480 }
  if (!failures.includes('timeout')) return { kind: 'own', status: 500 }
  return outcome.isInvite ? { kind: 'own', status: 408 } : { kind: 'silence' }
}

/** All challenges of the other branches, whole and in order, for the one response that goes up (PRX-19, DIG-25). */
function otherChallenges(
  best: SipResponse,
  responses: readonly SipResponse[],
): NonNullable<ResponseEdits['challenges']> {
  if (!isChallenge(best.status)) return []
  const challenges: [typeof H.wwwAuthenticate | typeof H.proxyAuthenticate, string][] = []
  for (const response of responses) {
    if (response === best || !isChallenge(response.status)) continue
    for (const id of [H.wwwAuthenticate, H.proxyAuthenticate] as const) {
      for (const value of response.headers(id)) challenges.push([id, value])
    }
  }
  return challenges
}

function isChallenge(status: number): boolean {
  return status === 401 || status === 407
}
