import type { Attack } from './attack.ts'
import { ackToStranger } from './attacks/ack-to-stranger.ts'
import { adminFromAnotherPage } from './attacks/admin-from-another-page.ts'
import { adminWithoutToken } from './attacks/admin-without-token.ts'
import { algorithmMixed } from './attacks/algorithm-mixed.ts'
import { anonymousCall } from './attacks/anonymous-call.ts'
import { answerSentElsewhere } from './attacks/answer-sent-elsewhere.ts'
import { bodiesWithoutEnd } from './attacks/bodies-without-end.ts'
import { brokenPassportSignature } from './attacks/broken-passport-signature.ts'
import { callsLeftRinging } from './attacks/calls-left-ringing.ts'
import { callsNeverAcknowledged } from './attacks/calls-never-acknowledged.ts'
import { cancelToStranger } from './attacks/cancel-to-stranger.ts'
import { cancelWithoutBranch } from './attacks/cancel-without-branch.ts'
import { capturedCredentials } from './attacks/captured-credentials.ts'
import { certificateOfAnotherNumber } from './attacks/certificate-of-another-number.ts'
import { challengeRetransmission } from './attacks/challenge-retransmission.ts'
import { challengedByCallee } from './attacks/challenged-by-callee.ts'
import { challengedInCall } from './attacks/challenged-in-call.ts'
import { checkSyncByUser } from './attacks/check-sync-by-user.ts'
import { checkSyncNotify } from './attacks/check-sync-notify.ts'
import { clientCertificateOfAnother } from './attacks/client-certificate-of-another.ts'
import { compressedBodies } from './attacks/compressed-bodies.ts'
import { connectionAliasHijack } from './attacks/connection-alias-hijack.ts'
import { connectionFlood } from './attacks/connection-flood.ts'
import { connectionToStranger } from './attacks/connection-to-stranger.ts'
import { connectionsExhausted } from './attacks/connections-exhausted.ts'
import { contactInside } from './attacks/contact-inside.ts'
import { contactOfServer } from './attacks/contact-of-server.ts'
import { contactOfThirdParty } from './attacks/contact-of-third-party.ts'
import { contactRemovedByAnotherUser } from './attacks/contact-removed-by-another-user.ts'
import { contactRemovedByStranger } from './attacks/contact-removed-by-stranger.ts'
import { contactSwapped } from './attacks/contact-swapped.ts'
import { contactSwappedInCopy } from './attacks/contact-swapped-in-copy.ts'
import { contactsOverflow } from './attacks/contacts-overflow.ts'
import { contentLengthLies } from './attacks/content-length-lies.ts'
import { contradictingFields } from './attacks/contradicting-fields.ts'
import { credentialsForAnotherCallee } from './attacks/credentials-for-another-callee.ts'
import { credentialsForAnotherMethod } from './attacks/credentials-for-another-method.ts'
import { credentialsForAnotherRealm } from './attacks/credentials-for-another-realm.ts'
import { credentialsForAnotherServer } from './attacks/credentials-for-another-server.ts'
import { deadCertificateServer } from './attacks/dead-certificate-server.ts'
import { dialPrefixes } from './attacks/dial-prefixes.ts'
import { diameterLyingLengths } from './attacks/diameter-lying-lengths.ts'
import { diameterStrangerPeer } from './attacks/diameter-stranger-peer.ts'
import { disguisedOptionsScan } from './attacks/disguised-options-scan.ts'
import { disguisedScan } from './attacks/disguised-scan.ts'
import { divertedToPremium } from './attacks/diverted-to-premium.ts'
import { dnsForeignRecords } from './attacks/dns-foreign-records.ts'
import { dnsForgedAnswer } from './attacks/dns-forged-answer.ts'
import { dnsPredictableQueries } from './attacks/dns-predictable-queries.ts'
import { doubleRouteToStranger } from './attacks/double-route-to-stranger.ts'
import { earlyAck } from './attacks/early-ack.ts'
import { editedReference } from './attacks/edited-reference.ts'
import { endlessHeader } from './attacks/endless-header.ts'
import { fakeMessageWaiting } from './attacks/fake-message-waiting.ts'
import { forgedAcceptance } from './attacks/forged-acceptance.ts'
import { forgedAck } from './attacks/forged-ack.ts'
import { forgedAssertedIdentity } from './attacks/forged-asserted-identity.ts'
import { forgedBye } from './attacks/forged-bye.ts'
import { forgedCancel } from './attacks/forged-cancel.ts'
import { forgedCharging } from './attacks/forged-charging.ts'
import { forgedDiversion } from './attacks/forged-diversion.ts'
import { forgedInfo } from './attacks/forged-info.ts'
import { forgedNonceFlood } from './attacks/forged-nonce-flood.ts'
import { forgedPrack } from './attacks/forged-prack.ts'
import { forgedPreferredIdentity } from './attacks/forged-preferred-identity.ts'
import { forgedRedirect } from './attacks/forged-redirect.ts'
import { forgedReferredBy } from './attacks/forged-referred-by.ts'
import { forgedRefusal } from './attacks/forged-refusal.ts'
import { forgedReinvite } from './attacks/forged-reinvite.ts'
import { forgedRemotePartyId } from './attacks/forged-remote-party-id.ts'
import { forgedUpdate } from './attacks/forged-update.ts'
import { forgedVerstat } from './attacks/forged-verstat.ts'
import { forkAmplification } from './attacks/fork-amplification.ts'
import { formatStrings } from './attacks/format-strings.ts'
import { fuzzedFields } from './attacks/fuzzed-fields.ts'
import { guessedFromManyAddresses } from './attacks/guessed-from-many-addresses.ts'
import { guessedPassword } from './attacks/guessed-password.ts'
import { guessedResponseBranch } from './attacks/guessed-response-branch.ts'
import { guessedTagsBye } from './attacks/guessed-tags-bye.ts'
import { headerBomb } from './attacks/header-bomb.ts'
import { hiddenLinesAttack } from './attacks/hidden-lines.ts'
import { hostileNaptr } from './attacks/hostile-naptr.ts'
import { httpHidesSip } from './attacks/http-hides-sip.ts'
import { identityInsteadOfCredentials } from './attacks/identity-instead-of-credentials.ts'
import { inDialogFlood } from './attacks/in-dialog-flood.ts'
import { insiderFlood } from './attacks/insider-flood.ts'
import { inventedNonce } from './attacks/invented-nonce.ts'
import { inventedTagInvite } from './attacks/invented-tag-invite.ts'
import { inventedTagRequests } from './attacks/invented-tag-requests.ts'
import { inviteFlood } from './attacks/invite-flood.ts'
import { inviteFloodOfMany } from './attacks/invite-flood-of-many.ts'
import { isupBody } from './attacks/isup-body.ts'
import { largeDatagrams } from './attacks/large-datagrams.ts'
import { loopThroughContact } from './attacks/loop-through-contact.ts'
import { maddrToStranger } from './attacks/maddr-to-stranger.ts'
import { masqueradedByUser } from './attacks/masqueraded-by-user.ts'
import { masqueradedFrom } from './attacks/masqueraded-from.ts'
import { maxBreadthIgnored } from './attacks/max-breadth-ignored.ts'
import { maxForwardsKept } from './attacks/max-forwards-kept.ts'
import { maxForwardsZero } from './attacks/max-forwards-zero.ts'
import { md5Downgrade } from './attacks/md5-downgrade.ts'
import { misspelledFrom } from './attacks/misspelled-from.ts'
import { namesAsPatterns } from './attacks/names-as-patterns.ts'
import { namesCutShort } from './attacks/names-cut-short.ts'
import { nonceCountReplay } from './attacks/nonce-count-replay.ts'
import { oldCseqBye } from './attacks/old-cseq-bye.ts'
import { olderNonceCountReplay } from './attacks/older-nonce-count-replay.ts'
import { olderRegister } from './attacks/older-register.ts'
import { optionsFlood } from './attacks/options-flood.ts'
import { optionsScan } from './attacks/options-scan.ts'
import { overlongLines } from './attacks/overlong-lines.ts'
import { ownerLockedOut } from './attacks/owner-locked-out.ts'
import { passportKeyConfusion } from './attacks/passport-key-confusion.ts'
import { passportOfAnotherCall } from './attacks/passport-of-another-call.ts'
import { passwordScan } from './attacks/password-scan.ts'
import { pastedReference } from './attacks/pasted-reference.ts'
import { phoneHttp } from './attacks/phone-http.ts'
import { phoneTelnet } from './attacks/phone-telnet.ts'
import { phoneTftp } from './attacks/phone-tftp.ts'
import { premiumCall } from './attacks/premium-call.ts'
import { privateHeadersShown } from './attacks/private-headers-shown.ts'
import { privateIdentityShown } from './attacks/private-identity-shown.ts'
import { privateSessionShown } from './attacks/private-session-shown.ts'
import { privateUserShown } from './attacks/private-user-shown.ts'
import { propertyNames } from './attacks/property-names.ts'
import { qopRemoved } from './attacks/qop-removed.ts'
import { radiusForgedAccept } from './attacks/radius-forged-accept.ts'
import { redirectFollowed } from './attacks/redirect-followed.ts'
import { referFromStranger } from './attacks/refer-from-stranger.ts'
import { referIntoForeignCall } from './attacks/refer-into-foreign-call.ts'
import { referToPremium } from './attacks/refer-to-premium.ts'
import { referWithWords } from './attacks/refer-with-words.ts'
import { reflection } from './attacks/reflection.ts'
import { registerFlood } from './attacks/register-flood.ts'
import { registrationOfAnother } from './attacks/registration-of-another.ts'
import { relayedNonce } from './attacks/relayed-nonce.ts'
import { replayedCall } from './attacks/replayed-call.ts'
import { replayedPassport } from './attacks/replayed-passport.ts'
import { replayedRegistration } from './attacks/replayed-registration.ts'
import { requestChangedOnTheWay } from './attacks/request-changed-on-the-way.ts'
import { requestUriToStranger } from './attacks/request-uri-to-stranger.ts'
import { responseFlood } from './attacks/response-flood.ts'
import { reusedReference } from './attacks/reused-reference.ts'
import { routeToLoopback } from './attacks/route-to-loopback.ts'
import { routeToStranger } from './attacks/route-to-stranger.ts'
import { scannedExtensions } from './attacks/scanned-extensions.ts'
import { scriptsInPages } from './attacks/scripts-in-pages.ts'
import { securityAgreementIgnored } from './attacks/security-agreement-ignored.ts'
import { selfMadeClientCertificate } from './attacks/self-made-client-certificate.ts'
import { serverSideFetch } from './attacks/server-side-fetch.ts'
import { sharedNonces } from './attacks/shared-nonces.ts'
import { shellAndLookups } from './attacks/shell-and-lookups.ts'
import { sipsContactInClear } from './attacks/sips-contact-in-clear.ts'
import { sipsInClear } from './attacks/sips-in-clear.ts'
import { sipsRecordsRemoved } from './attacks/sips-records-removed.ts'
import { slowMatching } from './attacks/slow-matching.ts'
import { slowMessages } from './attacks/slow-messages.ts'
import { spamMessages } from './attacks/spam-messages.ts'
import { splitAnswers } from './attacks/split-answers.ts'
import { sprayedPassword } from './attacks/sprayed-password.ts'
import { sqlInCredentials } from './attacks/sql-in-credentials.ts'
import { sqlInFields } from './attacks/sql-in-fields.ts'
import { stalePassport } from './attacks/stale-passport.ts'
import { stolenAccount } from './attacks/stolen-account.ts'
import { strayAck } from './attacks/stray-ack.ts'
import { strayInfo } from './attacks/stray-info.ts'
import { strayMediaAttack } from './attacks/stray-media.ts'
import { strayResponseRelay } from './attacks/stray-response-relay.ts'
import { strictRouteToStranger } from './attacks/strict-route-to-stranger.ts'
import { strippedSignature } from './attacks/stripped-signature.ts'
import { swappedBody } from './attacks/swapped-body.ts'
import { swappedMediaKey } from './attacks/swapped-media-key.ts'
import { telThroughRoute } from './attacks/tel-through-route.ts'
import { thirdPartyRegistration } from './attacks/third-party-registration.ts'
import { tlsCallGoesOnInClear } from './attacks/tls-call-goes-on-in-clear.ts'
import { tlsCertificateForAnotherName } from './attacks/tls-certificate-for-another-name.ts'
import { tlsCertificateNotTrusted } from './attacks/tls-certificate-not-trusted.ts'
import { tlsHandshakeFlood } from './attacks/tls-handshake-flood.ts'
import { tlsOldSuites } from './attacks/tls-old-suites.ts'
import { tlsOldVersion } from './attacks/tls-old-version.ts'
import { tlsRecordsRemoved } from './attacks/tls-records-removed.ts'
import { tlsRenegotiation } from './attacks/tls-renegotiation.ts'
import { tlsWeakCertificate } from './attacks/tls-weak-certificate.ts'
import { tlsWeakSuites } from './attacks/tls-weak-suites.ts'
import { tortureMessages } from './attacks/torture-messages.ts'
import { unsignedPassport } from './attacks/unsigned-passport.ts'
import { usersToldByProxy } from './attacks/users-told-by-proxy.ts'
import { usersToldByRegistrar } from './attacks/users-told-by-registrar.ts'
import { usersToldByShape } from './attacks/users-told-by-shape.ts'
import { usersToldByTime } from './attacks/users-told-by-time.ts'
import { usualPasswords } from './attacks/usual-passwords.ts'
import { webSocketFrames } from './attacks/web-socket-frames.ts'
import { wildcardByAnotherUser } from './attacks/wildcard-by-another-user.ts'
import { wildcardByStranger } from './attacks/wildcard-by-stranger.ts'

/** Every attack, in the order of the catalogue. One a line. */
export const auditAttacks: readonly Attack[] = [
  fuzzedFields, // P01
  tortureMessages, // P02
  endlessHeader, // P04
  overlongLines, // P04
  headerBomb, // P05
  contentLengthLies, // P06
  bodiesWithoutEnd, // P07
  hiddenLinesAttack, // P08
  namesCutShort, // P08
  formatStrings, // P09
  splitAnswers, // P10
  slowMatching, // P11
  compressedBodies, // P12
  propertyNames, // P12
  strayMediaAttack, // P13
  contradictingFields, // P14
  webSocketFrames, // P15
  httpHidesSip, // P16
  sqlInCredentials, // B01
  sqlInFields, // B02
  namesAsPatterns, // B03
  scriptsInPages, // B04
  shellAndLookups, // B05
  serverSideFetch, // B06
  guessedPassword, // C01
  sprayedPassword, // C02
  guessedFromManyAddresses, // C03
  usersToldByProxy, // C05
  usersToldByRegistrar, // C05
  usersToldByShape, // C05
  usersToldByTime, // C05
  nonceCountReplay, // C06
  olderNonceCountReplay, // C06
  credentialsForAnotherCallee, // C07
  credentialsForAnotherMethod, // C07
  credentialsForAnotherServer, // C07
  swappedBody, // C07
  algorithmMixed, // C08
  md5Downgrade, // C08
  qopRemoved, // C08
  capturedCredentials, // C09
  credentialsForAnotherRealm, // C09
  inventedNonce, // C09
  relayedNonce, // C09
  sharedNonces, // C09
  challengedByCallee, // C10
  challengedInCall, // C10
  masqueradedByUser, // C12
  registrationOfAnother, // C13
  thirdPartyRegistration, // C13
  premiumCall, // C14
  forgedNonceFlood, // C15
  usualPasswords, // C16
  clientCertificateOfAnother, // C17
  selfMadeClientCertificate, // C17
  tlsCertificateForAnotherName, // C17
  tlsCertificateNotTrusted, // C17
  masqueradedFrom, // D01
  misspelledFrom, // D01
  forgedAssertedIdentity, // D02
  forgedCharging, // D02
  forgedDiversion, // D02
  forgedPreferredIdentity, // D02
  forgedRemotePartyId, // D02
  forgedVerstat, // D02
  identityInsteadOfCredentials, // D02
  brokenPassportSignature, // D03
  passportKeyConfusion, // D03
  unsignedPassport, // D03
  passportOfAnotherCall, // D04
  replayedPassport, // D04
  stalePassport, // D04
  certificateOfAnotherNumber, // D05
  editedReference, // D06
  forgedReferredBy, // D06
  pastedReference, // D07
  reusedReference, // D07
  referFromStranger, // D08
  referIntoForeignCall, // D08
  referToPremium, // D08
  referWithWords, // D08
  deadCertificateServer, // D09
  privateHeadersShown, // D10
  privateIdentityShown, // D10
  privateSessionShown, // D10
  privateUserShown, // D10
  anonymousCall, // D11
  forgedBye, // E01
  cancelWithoutBranch, // E02
  forgedCancel, // E02
  forgedInfo, // E03
  forgedPrack, // E03
  forgedReinvite, // E03
  forgedUpdate, // E03
  earlyAck, // E04
  forgedAck, // E04
  strayAck, // E04
  forgedAcceptance, // E05
  forgedRefusal, // E05
  guessedResponseBranch, // E05
  strayResponseRelay, // E05
  forgedRedirect, // E06
  redirectFollowed, // E06
  guessedTagsBye, // E07
  inventedTagInvite, // E07
  inventedTagRequests, // E07
  oldCseqBye, // E07
  checkSyncByUser, // E08
  checkSyncNotify, // E08
  fakeMessageWaiting, // E08
  strayInfo, // E08
  connectionAliasHijack, // E09
  contactSwapped, // E09
  contactSwappedInCopy, // E09
  olderRegister, // E09
  contactRemovedByAnotherUser, // E10
  contactRemovedByStranger, // E10
  wildcardByAnotherUser, // E10
  wildcardByStranger, // E10
  replayedCall, // E11
  replayedRegistration, // E11
  requestChangedOnTheWay, // E12
  swappedMediaKey, // E12
  ackToStranger, // E13
  cancelToStranger, // E13
  connectionToStranger, // E13
  doubleRouteToStranger, // E13
  maddrToStranger, // E13
  requestUriToStranger, // E13
  routeToLoopback, // E13
  routeToStranger, // E13
  strictRouteToStranger, // E13
  telThroughRoute, // E13
  loopThroughContact, // E14
  maxForwardsKept, // E14
  maxForwardsZero, // E14
  inviteFlood, // F01
  inviteFloodOfMany, // F02
  registerFlood, // F03
  optionsFlood, // F04
  responseFlood, // F05
  inDialogFlood, // F06
  insiderFlood, // F07
  callsNeverAcknowledged, // F09
  callsLeftRinging, // F10
  forkAmplification, // F11
  maxBreadthIgnored, // F11
  contactsOverflow, // F12
  contactInside, // F13
  contactOfServer, // F13
  contactOfThirdParty, // F13
  answerSentElsewhere, // F14
  challengeRetransmission, // F14
  reflection, // F14
  connectionFlood, // F15
  slowMessages, // F16
  tlsHandshakeFlood, // F17
  connectionsExhausted, // F19
  largeDatagrams, // F21
  ownerLockedOut, // F22
  optionsScan, // G01
  scannedExtensions, // G02
  passwordScan, // G03
  disguisedScan, // G04
  disguisedOptionsScan, // G04
  dialPrefixes, // G06
  stolenAccount, // G07
  spamMessages, // G10
  divertedToPremium, // G11
  isupBody, // G13
  dnsForeignRecords, // H01
  dnsForgedAnswer, // H01
  dnsPredictableQueries, // H01
  sipsRecordsRemoved, // H02
  tlsRecordsRemoved, // H02
  hostileNaptr, // H03
  securityAgreementIgnored, // H04
  tlsOldSuites, // H05
  tlsOldVersion, // H05
  tlsRenegotiation, // H05
  tlsWeakCertificate, // H05
  tlsWeakSuites, // H05
  strippedSignature, // H06
  phoneHttp, // H08
  phoneTelnet, // H08
  phoneTftp, // H08
  radiusForgedAccept, // H09
  diameterLyingLengths, // H10
  diameterStrangerPeer, // H10
  adminFromAnotherPage, // H11
  adminWithoutToken, // H11
  sipsContactInClear, // H12
  sipsInClear, // H12
  tlsCallGoesOnInClear, // H13
]
