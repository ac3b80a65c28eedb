import type { Subject } from './subject.ts'

/** How sure a detector is that somebody means harm: what a mistake of the honest would look like is `low`. */
export type Confidence = 'low' | 'medium' | 'high'

/** One message or fact that a finding stands on. */
export interface Evidence {
  /** Event clock, ms. */
  readonly atMs: number
  /** Address that it came from, as the network said. */
  readonly from: string
  /** First line of the message, or the fact in words. */
  readonly title: string
  /** The message, at most 2 KiB of it, latin-1 as it came, secrets of credentials taken out; '' for a fact. */
  readonly text: string
}

/** What a detector found: whom, what, on what evidence, and why it matters, in one sentence. */
export interface Finding {
  /** Stable: made of detector, subject and the time when it began; equal in a replay of the same capture. */
  readonly id: string
  readonly detector: string
  readonly subject: Subject
  /** Event clock, ms. */
  readonly atMs: number
  /** Ms since 1970. */
  readonly wallMs: number
  /** Ids of `src/threats`. */
  readonly threats: readonly string[]
  /** Of what is counted: how much there was, and how much is borne. */
  readonly value: number
  readonly limit: number
  readonly confidence: Confidence
  /** 0 to 100: what it adds to the incident of its subject. */
  readonly score: number
  /** The evidence may bear a forged address: nobody is banned for it. */
  readonly isSpoofable: boolean
  /** One sentence in plain words. Texts of peers stand in it quoted and escaped. */
  readonly why: string
  readonly evidence: readonly Evidence[]
  /** Only told, since the detector is in monitor mode. */
  readonly isMonitorOnly: boolean
}
