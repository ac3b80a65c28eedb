import { adminFromAnotherPage } from '../../src/audit/attacks/admin-from-another-page.ts'
import { adminWithoutToken } from '../../src/audit/attacks/admin-without-token.ts'
import { algorithmMixed } from '../../src/audit/attacks/algorithm-mixed.ts'
import { capturedCredentials } from '../../src/audit/attacks/captured-credentials.ts'
import { challengedByCallee } from '../../src/audit/attacks/challenged-by-callee.ts'
import { challengedInCall } from '../../src/audit/attacks/challenged-in-call.ts'
import { credentialsForAnotherCallee } from '../../src/audit/attacks/credentials-for-another-callee.ts'
import { credentialsForAnotherMethod } from '../../src/audit/attacks/credentials-for-another-method.ts'
import { credentialsForAnotherRealm } from '../../src/audit/attacks/credentials-for-another-realm.ts'
import { credentialsForAnotherServer } from '../../src/audit/attacks/credentials-for-another-server.ts'
import { forgedNonceFlood } from '../../src/audit/attacks/forged-nonce-flood.ts'
import { guessedFromManyAddresses } from '../../src/audit/attacks/guessed-from-many-addresses.ts'
import { guessedPassword } from '../../src/audit/attacks/guessed-password.ts'
import { inventedNonce } from '../../src/audit/attacks/invented-nonce.ts'
import { masqueradedByUser } from '../../src/audit/attacks/masqueraded-by-user.ts'
import { md5Downgrade } from '../../src/audit/attacks/md5-downgrade.ts'
import { nonceCountReplay } from '../../src/audit/attacks/nonce-count-replay.ts'
import { olderNonceCountReplay } from '../../src/audit/attacks/older-nonce-count-replay.ts'
import { ownerLockedOut } from '../../src/audit/attacks/owner-locked-out.ts'
import { qopRemoved } from '../../src/audit/attacks/qop-removed.ts'
import { registrationOfAnother } from '../../src/audit/attacks/registration-of-another.ts'
import { relayedNonce } from '../../src/audit/attacks/relayed-nonce.ts'
import { replayedCall } from '../../src/audit/attacks/replayed-call.ts'
import { replayedRegistration } from '../../src/audit/attacks/replayed-registration.ts'
import { securityAgreementIgnored } from '../../src/audit/attacks/security-agreement-ignored.ts'
import { sharedNonces } from '../../src/audit/attacks/shared-nonces.ts'
import { sprayedPassword } from '../../src/audit/attacks/sprayed-password.ts'
import { swappedBody } from '../../src/audit/attacks/swapped-body.ts'
import { thirdPartyRegistration } from '../../src/audit/attacks/third-party-registration.ts'
import { usersToldByProxy } from '../../src/audit/attacks/users-told-by-proxy.ts'
import { usersToldByRegistrar } from '../../src/audit/attacks/users-told-by-registrar.ts'
import { usersToldByShape } from '../../src/audit/attacks/users-told-by-shape.ts'
import { usersToldByTime } from '../../src/audit/attacks/users-told-by-time.ts'
import { proveAttacks } from '../support/audit-family.ts'

proveAttacks('digest', [
  guessedPassword,
  sprayedPassword,
  guessedFromManyAddresses,
  usersToldByProxy,
  usersToldByRegistrar,
  usersToldByShape,
  usersToldByTime,
  nonceCountReplay,
  olderNonceCountReplay,
  credentialsForAnotherServer,
  credentialsForAnotherCallee,
  credentialsForAnotherMethod,
  swappedBody,
  algorithmMixed,
  md5Downgrade,
  qopRemoved,
  capturedCredentials,
  credentialsForAnotherRealm,
  inventedNonce,
  relayedNonce,
  sharedNonces,
  challengedByCallee,
  challengedInCall,
  masqueradedByUser,
  registrationOfAnother,
  thirdPartyRegistration,
  forgedNonceFlood,
  replayedCall,
  replayedRegistration,
  ownerLockedOut,
  securityAgreementIgnored,
  adminFromAnotherPage,
  adminWithoutToken,
])
