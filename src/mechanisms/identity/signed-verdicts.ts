import { type Candidate, checkSigned } from './candidate.ts'
import type { Credential } from './credential.ts'
import type { NeedsFetch } from './decision.ts'
import type { MessageFacts } from './facts.ts'
import type { IdentityFailure } from './failure.ts'
import type { VerificationWorld } from './policy.ts'

/** Whether a token is signed by one who may. */
export interface SignedVerdict {
  /** Undefined: there was none to be had. */
  readonly credential: Credential | undefined
  readonly failure: IdentityFailure | undefined
}

/** Looks up certificates and checks signatures; asks for what is missing, all at once. */
export function signedVerdicts(
  candidates: Iterable<Candidate>,
  facts: MessageFacts,
  { policy, lookUp, nowMs }: VerificationWorld,
): NeedsFetch | { readonly kind: 'known'; readonly of: ReadonlyMap<Candidate, SignedVerdict> } {
  const missing = new Set<string>()
  const found: [Candidate, Credential][] = []
  const verdicts = new Map<Candidate, SignedVerdict>()
  for (const candidate of candidates) {
    const answer = lookUp(candidate.x5u)
    if (answer.kind === 'needs-fetch') missing.add(candidate.x5u)
    else if (answer.kind === 'credential') found.push([candidate, answer.credential])
    else verdicts.set(candidate, { credential: undefined, failure: answer.failure })
  }
  if (missing.size > 0) return { kind: 'needs-fetch', x5us: [...missing] }
  for (const [candidate, credential] of found) {
    const failure = checkSigned(candidate, credential, facts, policy, nowMs)
    verdicts.set(candidate, { credential, failure })
  }
  return { kind: 'known', of: verdicts }
}
