import type { Detector } from './detector.ts'

/** All detectors, one a line, sorted. */
export const DETECTORS: readonly Detector[] = []
