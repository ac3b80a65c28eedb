import type { DatagramCounts } from '../../net/datagrams.ts'
import type { StrainSample } from './strain.ts'

/** Figures since the start, as they stand at one look. */
export interface Figures {
  /** Monotonic, ms. */
  readonly nowMs: number
  /** When this look was to come, ms. */
  readonly dueMs: number
  readonly datagrams: readonly DatagramCounts[]
  /** Time that the event loop worked and rested, ms. */
  readonly loop: { readonly active: number; readonly idle: number }
  /** Datagrams of strangers refused for want of time. */
  readonly refused: number
  /** Requests of strangers are what this server is for: they are no crowd. */
  readonly isOpen: boolean
}

/** What the system counts for one datagram in a receive queue, about: its octets and a page's half beside. */
const QUEUED_DATAGRAM_BYTES = 2048

/** What happened between two looks. */
export function sampleBetween(before: Figures, now: Figures): StrainSample {
  const elapsedMs = Math.max(1, now.nowMs - before.nowMs)
  const sum = (figures: Figures, pick: (counts: DatagramCounts) => number): number =>
    figures.datagrams.reduce((all, counts) => all + pick(counts), 0)
  const more = (pick: (counts: DatagramCounts) => number): number => sum(now, pick) - sum(before, pick)
  const received = more(counts => counts.received)
  const queued = sum(now, counts => counts.queuedBytes ?? 0) / QUEUED_DATAGRAM_BYTES
  const active = now.loop.active - before.loop.active
  const idle = now.loop.idle - before.loop.idle
  return {
    nowMs: now.nowMs,
    lagMs: Math.max(0, now.nowMs - now.dueMs),
    // A queue of a few is read at once; it says nothing of a wait.
    queueMs: queued < FEW ? 0 : Math.min(MAX_QUEUE_MS, (queued * elapsedMs) / Math.max(FEW, received)),
    overflows: more(counts => counts.overflows ?? 0),
    busy: active + idle > 0 ? active / (active + idle) : 0,
    strangers: now.isOpen || received === 0 ? 0 : more(counts => counts.strangers) / received,
    received,
    refused: now.refused - before.refused,
  }
}

const FEW = 16
const MAX_QUEUE_MS = 10_000
