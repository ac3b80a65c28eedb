/** Attacks on who calls: From, asserted and signed identities, privacy, REFER, sips, requests changed on their way. */
import { after } from 'node:test'
import { anonymousCall } from '../../src/audit/attacks/anonymous-call.ts'
import { brokenPassportSignature } from '../../src/audit/attacks/broken-passport-signature.ts'
import { certificateOfAnotherNumber } from '../../src/audit/attacks/certificate-of-another-number.ts'
import { deadCertificateServer } from '../../src/audit/attacks/dead-certificate-server.ts'
import { editedReference } from '../../src/audit/attacks/edited-reference.ts'
import { forgedAssertedIdentity } from '../../src/audit/attacks/forged-asserted-identity.ts'
import { forgedCharging } from '../../src/audit/attacks/forged-charging.ts'
import { forgedDiversion } from '../../src/audit/attacks/forged-diversion.ts'
import { forgedPreferredIdentity } from '../../src/audit/attacks/forged-preferred-identity.ts'
import { forgedReferredBy } from '../../src/audit/attacks/forged-referred-by.ts'
import { forgedRemotePartyId } from '../../src/audit/attacks/forged-remote-party-id.ts'
import { forgedVerstat } from '../../src/audit/attacks/forged-verstat.ts'
import { identityInsteadOfCredentials } from '../../src/audit/attacks/identity-instead-of-credentials.ts'
import { masqueradedFrom } from '../../src/audit/attacks/masqueraded-from.ts'
import { misspelledFrom } from '../../src/audit/attacks/misspelled-from.ts'
import { passportKeyConfusion } from '../../src/audit/attacks/passport-key-confusion.ts'
import { passportOfAnotherCall } from '../../src/audit/attacks/passport-of-another-call.ts'
import { pastedReference } from '../../src/audit/attacks/pasted-reference.ts'
import { privateHeadersShown } from '../../src/audit/attacks/private-headers-shown.ts'
import { privateIdentityShown } from '../../src/audit/attacks/private-identity-shown.ts'
import { privateSessionShown } from '../../src/audit/attacks/private-session-shown.ts'
import { privateUserShown } from '../../src/audit/attacks/private-user-shown.ts'
import { referFromStranger } from '../../src/audit/attacks/refer-from-stranger.ts'
import { referIntoForeignCall } from '../../src/audit/attacks/refer-into-foreign-call.ts'
import { referToPremium } from '../../src/audit/attacks/refer-to-premium.ts'
import { referWithWords } from '../../src/audit/attacks/refer-with-words.ts'
import { replayedPassport } from '../../src/audit/attacks/replayed-passport.ts'
import { requestChangedOnTheWay } from '../../src/audit/attacks/request-changed-on-the-way.ts'
import { reusedReference } from '../../src/audit/attacks/reused-reference.ts'
import { sipsContactInClear } from '../../src/audit/attacks/sips-contact-in-clear.ts'
import { sipsInClear } from '../../src/audit/attacks/sips-in-clear.ts'
import { stalePassport } from '../../src/audit/attacks/stale-passport.ts'
import { strippedSignature } from '../../src/audit/attacks/stripped-signature.ts'
import { swappedMediaKey } from '../../src/audit/attacks/swapped-media-key.ts'
import { unsignedPassport } from '../../src/audit/attacks/unsigned-passport.ts'
import { proveAttacks } from '../support/audit-family.ts'
import { startSignersOfAudit } from '../support/audit-signers.ts'
import { AUDIT_ACCOUNTS } from '../support/audit-targets.ts'

const [, bob] = AUDIT_ACCOUNTS
const { lines, given, close } = await startSignersOfAudit()
after(close)

proveAttacks(
  'who calls',
  [
    masqueradedFrom,
    misspelledFrom,
    identityInsteadOfCredentials,
    forgedAssertedIdentity,
    forgedCharging,
    forgedDiversion,
    forgedPreferredIdentity,
    forgedRemotePartyId,
    forgedVerstat,
    brokenPassportSignature,
    unsignedPassport,
    deadCertificateServer,
    forgedReferredBy,
    reusedReference,
    pastedReference,
    editedReference,
    referFromStranger,
    referIntoForeignCall,
    referToPremium,
    referWithWords,
    privateHeadersShown,
    privateIdentityShown,
    privateSessionShown,
    privateUserShown,
    anonymousCall,
    requestChangedOnTheWay,
    strippedSignature,
    sipsInClear,
    sipsContactInClear,
    passportKeyConfusion,
    passportOfAnotherCall,
    stalePassport,
    replayedPassport,
    certificateOfAnotherNumber,
    swappedMediaKey,
  ],
  { lines, given: { ...given, ...(bob === undefined ? {} : { rejectsAnonymous: bob }) } },
)
