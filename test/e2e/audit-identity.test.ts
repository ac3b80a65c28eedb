/** Attacks on who calls: From and asserted identities, REFER, sips, requests changed on their way. */
import { anonymousCall } from '../../src/audit/attacks/anonymous-call.ts'
import { forgedAssertedIdentity } from '../../src/audit/attacks/forged-asserted-identity.ts'
import { forgedCharging } from '../../src/audit/attacks/forged-charging.ts'
import { forgedDiversion } from '../../src/audit/attacks/forged-diversion.ts'
import { forgedPreferredIdentity } from '../../src/audit/attacks/forged-preferred-identity.ts'
import { forgedReferredBy } from '../../src/audit/attacks/forged-referred-by.ts'
import { forgedRemotePartyId } from '../../src/audit/attacks/forged-remote-party-id.ts'
import { masqueradedFrom } from '../../src/audit/attacks/masqueraded-from.ts'
import { misspelledFrom } from '../../src/audit/attacks/misspelled-from.ts'
import { privateHeadersShown } from '../../src/audit/attacks/private-headers-shown.ts'
import { privateIdentityShown } from '../../src/audit/attacks/private-identity-shown.ts'
import { privateSessionShown } from '../../src/audit/attacks/private-session-shown.ts'
import { privateUserShown } from '../../src/audit/attacks/private-user-shown.ts'
import { referFromStranger } from '../../src/audit/attacks/refer-from-stranger.ts'
import { referIntoForeignCall } from '../../src/audit/attacks/refer-into-foreign-call.ts'
import { referToPremium } from '../../src/audit/attacks/refer-to-premium.ts'
import { referWithWords } from '../../src/audit/attacks/refer-with-words.ts'
import { requestChangedOnTheWay } from '../../src/audit/attacks/request-changed-on-the-way.ts'
import { sipsContactInClear } from '../../src/audit/attacks/sips-contact-in-clear.ts'
import { sipsInClear } from '../../src/audit/attacks/sips-in-clear.ts'
import { proveAttacks } from '../support/audit-family.ts'
import { AUDIT_ACCOUNTS } from '../support/audit-targets.ts'

const [, bob] = AUDIT_ACCOUNTS

proveAttacks(
  'who calls',
  [
    masqueradedFrom,
    misspelledFrom,
    forgedAssertedIdentity,
    forgedCharging,
    forgedDiversion,
    forgedPreferredIdentity,
    forgedRemotePartyId,
    forgedReferredBy,
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
    sipsInClear,
    sipsContactInClear,
  ],
  { given: bob === undefined ? {} : { rejectsAnonymous: bob } },
)
