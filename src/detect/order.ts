import type { Incident } from './incident.ts'
import type { Action } from './response.ts'
import type { Subject } from './subject.ts'

/** What is done about a subject, why, and until when. */
export interface Order {
  /** Of its incident, and how often there was one before. */
  readonly id: string
  readonly action: Action
  readonly subject: Subject
  /** It holds for what comes unproved alone. */
  readonly isForUnproved: boolean
  /** One sentence. */
  readonly why: string
  /** Ids of the findings that it rests on. */
  readonly findings: readonly string[]
  readonly score: number
  /** Ms since 1970. */
  readonly beganMs: number
  readonly endsMs: number
  /** Which one of the same offender, from 1. */
  readonly offence: number
  /** Not carried out: what would have been done. */
  readonly isMonitorOnly: boolean
  readonly by: 'detection' | 'operator'
}

/** Orders that bar somebody, whose length doubles with each offence. */
export function isBlock(action: Action): boolean {
  return action === 'drop' || action === 'kernel-drop' || action === 'suspend'
}

/** Findings that an order names. */
const NAMED_FINDINGS = 8

/** The sentence and the findings of an order about an incident: the last, which made the cup run over, comes first. */
export function groundsOf(incident: Incident): Pick<Order, 'why' | 'findings'> {
  const last = incident.findings.slice(-NAMED_FINDINGS).reverse()
  return { why: last[0]?.why ?? '', findings: last.map(({ id }) => id) }
}

/** Length of a block: doubles with each offence. */
export function blockMs(firstMs: number, maxMs: number, offence: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(30, offence - 1))
}
