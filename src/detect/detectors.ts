import type { Detector } from './detector.ts'
import { accountTakenOver } from './detectors/account-taken-over.ts'
import { accountUnderAttack } from './detectors/account-under-attack.ts'
import { dialPrefixScan } from './detectors/dial-prefix-scan.ts'
import { distributedEnumeration } from './detectors/distributed-enumeration.ts'
import { divertedToPremium } from './detectors/diverted-to-premium.ts'
import { guessingCampaign } from './detectors/guessing-campaign.ts'
import { hostScan } from './detectors/host-scan.ts'
import { messageSpam } from './detectors/message-spam.ts'
import { oneRingCalls } from './detectors/one-ring-calls.ts'
import { passwordGuessing } from './detectors/password-guessing.ts'
import { passwordSpraying } from './detectors/password-spraying.ts'
import { referAbuse } from './detectors/refer-abuse.ts'
import { scannerFingerprint } from './detectors/scanner-fingerprint.ts'
import { spamCalls } from './detectors/spam-calls.ts'
import { tollFraud } from './detectors/toll-fraud.ts'
import { userEnumeration } from './detectors/user-enumeration.ts'

/** All detectors, one a line, sorted. */
export const DETECTORS: readonly Detector[] = [
  accountTakenOver,
  accountUnderAttack,
  dialPrefixScan,
  distributedEnumeration,
  divertedToPremium,
  guessingCampaign,
  hostScan,
  messageSpam,
  oneRingCalls,
  passwordGuessing,
  passwordSpraying,
  referAbuse,
  scannerFingerprint,
  spamCalls,
  tollFraud,
  userEnumeration,
]
