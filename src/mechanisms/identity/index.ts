/** STIR: who is calling, signed and verified. RFC 8224, 8225, 8226, 8588, 8946, 9060, 9118, 9410, 9795, 9970. */
export type { ClaimConstraints } from './claim-constraints.ts'
export type { Attestation, Claims, MediaKey, PassportType } from './claims.ts'
export type { Identity, TrustRoots } from './contract.ts'
export type { Credential, CredentialAnswer, LookUpCredential } from './credential.ts'
export type {
  IdentityDecision,
  IdentityResult,
  NeedsFetch,
  ReplayCheck,
  RichCallData,
  Verification,
  VerificationPolicy,
  VerificationWorld,
} from './decision.ts'
export { IDENTITY_FAILURES, type IdentityFailure, type IdentityStatus, phraseOf } from './failure.ts'
export type { Json, JsonObject } from './json.ts'
export type { NumberRules, Party } from './party.ts'
export type { SignedIdentity, SigningKey, SigningOrder, SigningRefusal } from './signing.ts'
export type { OwnsNumber, TnAuthList, TnEntry } from './tn-auth-list.ts'
