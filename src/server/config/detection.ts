import type { DetectionObject } from './settings-detection.ts'

/** What detection may do. */
export interface DetectionConfig {
  /** Whether a table of the kernel's packet filter is made. */
  readonly kernel: 'auto' | 'on' | 'off'
  /** Datagrams a second of strangers that it lets in. */
  readonly kernelStrangersPerSecond: number
}

/** Reads `detection`. */
export function readDetection(written: ReturnType<typeof DetectionObject.parse>): DetectionConfig {
  return { kernel: written.kernel, kernelStrangersPerSecond: written['kernel-strangers'] }
}

/** `detection` as it could be written. */
export function detectionSettings(detection: DetectionConfig): Record<string, unknown> {
  return { kernel: detection.kernel, 'kernel-strangers': detection.kernelStrangersPerSecond }
}
