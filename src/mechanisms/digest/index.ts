/** HTTP digest authentication for SIP: RFC 7616 as RFC 8760 and RFC 3261 §22 use it. */
export { NARROW_AGENTS, type NarrowAgent } from './agents.ts'
export { ALGORITHMS, type Algorithm, algorithmNamed, type HashName, type Qop } from './algorithm.ts'
export { type ChallengeFacts, challengeRows } from './challenge.ts'
export {
  answerChallenges,
  authorizeAgain,
  type ClientAccount,
  type ClientAnswer,
  type ClientContext,
  type ClientMemory,
  type ClientRefusal,
  type ClientRequest,
  type ClientSession,
  clientMemory,
  type ServerProofRefusal,
  verifyServer,
} from './client.ts'
export type { Challenge, ChallengeField, ChallengeRow } from './client-challenge.ts'
export { Guessing } from './guessing.ts'
export { type DigestKeys, digestKeys } from './keys.ts'
export { makeNonce, type NonceBinding, type NonceState, readNonce } from './nonce.ts'
export { NonceCounts } from './nonce-count.ts'
export {
  type AskOutside,
  isRightFor,
  type OutsideAnswer,
  type OutsideGrant,
  type OutsideQuestion,
  recordOfHa1,
} from './outside.ts'
export {
  type DigestPolicy,
  type DigestSettings,
  digestPolicy,
  type Ha1Record,
  type Ha1s,
  type LookUpHa1,
  type UserQuery,
} from './policy.ts'
export { makeHa1, makeUserhash, type ResponseInputs, responseOf, rspauthOf } from './response.ts'
export type {
  Accepted,
  Challenged,
  ChallengeReason,
  Delayed,
  DigestReason,
  Refused,
  RefusedReason,
  Unavailable,
  Verdict,
} from './verdict.ts'
export { type DigestRequest, type DigestState, digestState, verifyDigest } from './verify.ts'
