import { algorithmMixed } from '../../src/audit/attacks/algorithm-mixed.ts'
import { capturedCredentials } from '../../src/audit/attacks/captured-credentials.ts'
import { credentialsForAnotherRealm } from '../../src/audit/attacks/credentials-for-another-realm.ts'
import { credentialsForAnotherServer } from '../../src/audit/attacks/credentials-for-another-server.ts'
import { guessedFromManyAddresses } from '../../src/audit/attacks/guessed-from-many-addresses.ts'
import { guessedPassword } from '../../src/audit/attacks/guessed-password.ts'
import { inventedNonce } from '../../src/audit/attacks/invented-nonce.ts'
import { md5Downgrade } from '../../src/audit/attacks/md5-downgrade.ts'
import { nonceCountReplay } from '../../src/audit/attacks/nonce-count-replay.ts'
import { olderNonceCountReplay } from '../../src/audit/attacks/older-nonce-count-replay.ts'
import { ownerLockedOut } from '../../src/audit/attacks/owner-locked-out.ts'
import { qopRemoved } from '../../src/audit/attacks/qop-removed.ts'
import { registrationOfAnother } from '../../src/audit/attacks/registration-of-another.ts'
import { relayedNonce } from '../../src/audit/attacks/relayed-nonce.ts'
import { sharedNonces } from '../../src/audit/attacks/shared-nonces.ts'
import { sprayedPassword } from '../../src/audit/attacks/sprayed-password.ts'
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
  algorithmMixed,
  md5Downgrade,
  qopRemoved,
  capturedCredentials,
  credentialsForAnotherRealm,
  inventedNonce,
  relayedNonce,
  sharedNonces,
  registrationOfAnother,
  thirdPartyRegistration,
  ownerLockedOut,
])
