import type { Detector } from './detector.ts'
import { dialPrefixScan } from './detectors/dial-prefix-scan.ts'
import { tollFraud } from './detectors/toll-fraud.ts'

/** All detectors, one a line, sorted. */
export const DETECTORS: readonly Detector[] = [dialPrefixScan, tollFraud]
