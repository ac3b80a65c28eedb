/** STIR: who is calling, signed and verified. RFC 8224, 8225, 8226, 8588, 8946, 9060, 9118, 9410, 9795, 9970. */

export { dateText, secondsOfDate } from '../../sip/headers/date.ts'
export { judgeChain, type TrustRoots, trustRoots } from './chain.ts'
export {
  type ClaimConstraints,
  OID_CLAIM_CONSTRAINTS,
  OID_ENHANCED_CLAIM_CONSTRAINTS,
  writeClaimConstraints,
} from './claim-constraints.ts'
export { type Attestation, type Claims, isUuid, type PassportType } from './claims.ts'
export {
  type Credential,
  type CredentialAnswer,
  checkAuthority,
  type LookUpCredential,
  withNumberList,
} from './credential.ts'
export {
  foreignReasons,
  type IdentityDecision,
  type IdentityResult,
  type NeedsFetch,
  ppiOf,
  reasonValue,
  type Verification,
} from './decision.ts'
export { type ExplainWorld, explain } from './explain.ts'
export { factsOf, type KnownFacts, type MessageFacts } from './facts.ts'
export { IDENTITY_FAILURES, type IdentityFailure, type IdentityStatus, phraseOf } from './failure.ts'
export { type IdentityHeader, isInfoUrl, parseIdentity, writeIdentity } from './identity-header.ts'
export { type Json, type JsonObject, readJsonObject, writeJson } from './json.ts'
export type { MediaKey } from './media-key.ts'
export { callerOf, type NumberRules, type Party, partyOf, sameParty } from './party.ts'
export { type VerificationPolicy, type VerificationWorld, verificationPolicy } from './policy.ts'
export { type ReplayCheck, type ReplayFailure, ReplayMemory } from './replay.ts'
export { isIntact, isRichCallData, type RichCallData } from './rich-call-data.ts'
export {
  type SignedIdentity,
  type SigningKey,
  type SigningOrder,
  type SigningRefusal,
  signingKey,
  signRequest,
} from './sign.ts'
export { signDiversion } from './sign-diversion.ts'
export { signResponse } from './sign-response.ts'
export {
  isTnEntry,
  OID_TN_AUTH_LIST,
  type OwnsNumber,
  type TnAuthList,
  type TnEntry,
  writeTnAuthList,
} from './tn-auth-list.ts'
export { verifyIdentities, verifyRequest } from './verify.ts'
export {
  type ConnectedParty,
  checkConnected,
  connectedPartyOf,
  verifyResponse,
} from './verify-response.ts'
