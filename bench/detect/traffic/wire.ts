import type { Address } from '../../../src/base/flow.ts'

/** Simulated time zero, ms since 1970. */
export const WALL_MS = Date.UTC(2030, 0, 7)

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
  /** What the server thinks of what it received. */
  readonly fact: Fact
  /** A final response of another party that the server passes back: to which request. */
  readonly passed?: Passed
}

/** What the server thinks of a message that it received, as a sensor inside of it would be told. */
export interface Fact {
  readonly judged?: Judged
  readonly forwarded?: { readonly account: string; readonly toClass: string }
  /** Final status that the server gives by itself. */
  readonly status?: number
  /** Reason of the status, or of saying nothing. */
  readonly why?: string
  readonly isDropped?: boolean
  /** A response that nobody waits for. */
  readonly isStray?: boolean
  /** A response that somebody waits for, from where it cannot come. */
  readonly isFromAnother?: boolean
}

/** What the server thinks of credentials. */
export interface Judged {
  readonly isAccepted: boolean
  readonly why: string
  readonly user: string
  readonly realm: string
  readonly isNonceOurs: boolean
}

export interface Passed {
  readonly request: string
  readonly status: number
}

/** Names a transaction for `Passed`. */
export function transactionKey(branch: string, method: string): string {
  return `${branch} ${method}`
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
