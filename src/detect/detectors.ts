import type { Detector } from './detector.ts'
import { aaaForgery } from './detectors/aaa-forgery.ts'
import { accountFlood } from './detectors/account-flood.ts'
import { accountTakenOver } from './detectors/account-taken-over.ts'
import { accountUnderAttack } from './detectors/account-under-attack.ts'
import { alteredInTransit } from './detectors/altered-in-transit.ts'
import { assertedIdentity } from './detectors/asserted-identity.ts'
import { connectionFlood } from './detectors/connection-flood.ts'
import { covertChannel } from './detectors/covert-channel.ts'
import { credentialReplay } from './detectors/credential-replay.ts'
import { credentialsMoved } from './detectors/credentials-moved.ts'
import { destinationFlood } from './detectors/destination-flood.ts'
import { dialPrefixScan } from './detectors/dial-prefix-scan.ts'
import { dialogGuessing } from './detectors/dialog-guessing.ts'
import { digestDowngrade } from './detectors/digest-downgrade.ts'
import { distributedEnumeration } from './detectors/distributed-enumeration.ts'
import { distributedFlood } from './detectors/distributed-flood.ts'
import { divertedToPremium } from './detectors/diverted-to-premium.ts'
import { exploitSignature } from './detectors/exploit-signature.ts'
import { forgedResponse } from './detectors/forged-response.ts'
import { fruitlessSource } from './detectors/fruitless-source.ts'
import { garbageFlood } from './detectors/garbage-flood.ts'
import { guessingCampaign } from './detectors/guessing-campaign.ts'
import { halfOpenCalls } from './detectors/half-open-calls.ts'
import { hostScan } from './detectors/host-scan.ts'
import { hostileContacts } from './detectors/hostile-contacts.ts'
import { hostileSdp } from './detectors/hostile-sdp.ts'
import { identityFailures } from './detectors/identity-failures.ts'
import { injection } from './detectors/injection.ts'
import { insideUrls } from './detectors/inside-urls.ts'
import { insiderEnumeration } from './detectors/insider-enumeration.ts'
import { lowRateFlood } from './detectors/low-rate-flood.ts'
import { malformedFuzzing } from './detectors/malformed-fuzzing.ts'
import { masquerade } from './detectors/masquerade.ts'
import { mediaAnomaly } from './detectors/media-anomaly.ts'
import { messageSpam } from './detectors/message-spam.ts'
import { mixChange } from './detectors/mix-change.ts'
import { nameResolution } from './detectors/name-resolution.ts'
import { nonceForgery } from './detectors/nonce-forgery.ts'
import { oneProbeCampaign } from './detectors/one-probe-campaign.ts'
import { oneRingCalls } from './detectors/one-ring-calls.ts'
import { passwordGuessing } from './detectors/password-guessing.ts'
import { passwordSpraying } from './detectors/password-spraying.ts'
import { prefixFlood } from './detectors/prefix-flood.ts'
import { pstnBody } from './detectors/pstn-body.ts'
import { referAbuse } from './detectors/refer-abuse.ts'
import { reflection } from './detectors/reflection.ts'
import { registrationFlapping } from './detectors/registration-flapping.ts'
import { registrationHijack } from './detectors/registration-hijack.ts'
import { relayAttempts } from './detectors/relay-attempts.ts'
import { retransmissionStorm } from './detectors/retransmission-storm.ts'
import { ringingCalls } from './detectors/ringing-calls.ts'
import { routingLoop } from './detectors/routing-loop.ts'
import { scannerFingerprint } from './detectors/scanner-fingerprint.ts'
import { securityDowngrade } from './detectors/security-downgrade.ts'
import { serverOverload } from './detectors/server-overload.ts'
import { slowConnections } from './detectors/slow-connections.ts'
import { sourceFlood } from './detectors/source-flood.ts'
import { spamCalls } from './detectors/spam-calls.ts'
import { spoofedDialogRequest } from './detectors/spoofed-dialog-request.ts'
import { strayRequests } from './detectors/stray-requests.ts'
import { strayResponses } from './detectors/stray-responses.ts'
import { tlsFailures } from './detectors/tls-failures.ts'
import { tollFraud } from './detectors/toll-fraud.ts'
import { unsolicitedNotify } from './detectors/unsolicited-notify.ts'
import { userEnumeration } from './detectors/user-enumeration.ts'
import { websocketAbuse } from './detectors/websocket-abuse.ts'

/** All detectors, one a line, sorted. */
export const DETECTORS: readonly Detector[] = [
  aaaForgery,
  accountFlood,
  accountTakenOver,
  accountUnderAttack,
  alteredInTransit,
  assertedIdentity,
  connectionFlood,
  covertChannel,
  credentialReplay,
  credentialsMoved,
  destinationFlood,
  dialPrefixScan,
  dialogGuessing,
  digestDowngrade,
  distributedEnumeration,
  distributedFlood,
  divertedToPremium,
  exploitSignature,
  forgedResponse,
  fruitlessSource,
  garbageFlood,
  guessingCampaign,
  halfOpenCalls,
  hostScan,
  hostileContacts,
  hostileSdp,
  identityFailures,
  injection,
  insideUrls,
  insiderEnumeration,
  lowRateFlood,
  malformedFuzzing,
  masquerade,
  mediaAnomaly,
  messageSpam,
  mixChange,
  nameResolution,
  nonceForgery,
  oneProbeCampaign,
  oneRingCalls,
  passwordGuessing,
  passwordSpraying,
  prefixFlood,
  pstnBody,
  referAbuse,
  reflection,
  registrationFlapping,
  registrationHijack,
  relayAttempts,
  retransmissionStorm,
  ringingCalls,
  routingLoop,
  scannerFingerprint,
  securityDowngrade,
  serverOverload,
  slowConnections,
  sourceFlood,
  spamCalls,
  spoofedDialogRequest,
  strayRequests,
  strayResponses,
  tlsFailures,
  tollFraud,
  unsolicitedNotify,
  userEnumeration,
  websocketAbuse,
]
