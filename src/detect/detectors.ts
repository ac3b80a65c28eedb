import type { Detector } from './detector.ts'
import { accountUnderAttack } from './detectors/account-under-attack.ts'
import { dialPrefixScan } from './detectors/dial-prefix-scan.ts'
import { distributedEnumeration } from './detectors/distributed-enumeration.ts'
import { guessingCampaign } from './detectors/guessing-campaign.ts'
import { hostScan } from './detectors/host-scan.ts'
import { passwordGuessing } from './detectors/password-guessing.ts'
import { passwordSpraying } from './detectors/password-spraying.ts'
import { scannerFingerprint } from './detectors/scanner-fingerprint.ts'
import { tollFraud } from './detectors/toll-fraud.ts'
import { userEnumeration } from './detectors/user-enumeration.ts'

/** All detectors, one a line, sorted. */
export const DETECTORS: readonly Detector[] = [
  accountUnderAttack,
  dialPrefixScan,
  distributedEnumeration,
  guessingCampaign,
  hostScan,
  passwordGuessing,
  passwordSpraying,
  scannerFingerprint,
  tollFraud,
  userEnumeration,
]
