import type { Ladder } from './ladder.ts'

/** What came of an attack. `inconclusive`: it ran, and neither its effect nor its failure could be seen. */
export type Verdict = 'resisted' | 'succeeded' | 'inconclusive' | 'skipped'

/** What an attack says at its end. */
export interface Outcome {
  readonly verdict: Verdict
  /** One plain sentence with figures: what came. */
  readonly why: string
  /** Figures that a reader may compare: how often it was tried, answered, forwarded. */
  readonly counts?: Readonly<Record<string, number>>
}

/** An attack with its outcome, as reports show it. */
export interface Result extends Outcome {
  readonly attack: string
  readonly durationMs: number
  /** Messages that were sent, retransmissions and those of honest users included. */
  readonly sent: number
  readonly ladder: Ladder
}
