import type { Address } from '../../../src/base/flow.ts'

/** A message on the wire, as one who captures at the server sees it. */
export interface Wired {
  /** Simulated time, ms. */
  readonly atMs: number
  readonly from: Address
  readonly to: Address
  readonly transport: 'udp' | 'tcp'
  /** Latin-1, one character an octet. */
  readonly text: string
  /** Whose doing it is; undefined: honest. What the server says to an attacker bears his mark too. */
  readonly campaign: Campaign | undefined
  /** The server received it; otherwise it sent it. */
  readonly isInward: boolean
}

/** How hard an attack goes about it. */
export const INTENSITIES = ['high', 'medium', 'slow'] as const
export type Intensity = (typeof INTENSITIES)[number]

/** One attack from its first to its last message, with sources of its own. */
export interface Campaign {
  /** `C01-one-user-one-source/slow/7`: class, intensity, run. */
  readonly id: string
  /** Id of the catalogue of attacks, `C01`. */
  readonly attack: string
  /** `C01-one-user-one-source`. */
  readonly name: string
  readonly intensity: Intensity
  readonly evasion: string
  /** Where the paper, or the catalogue's clause, speaks of it. */
  readonly clause: string
}
