import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DETECTORS } from '../../../src/detect/detectors.ts'
import { type Heard, heard, Judge } from '../judge.ts'
import { honestDay } from '../people/scenes.ts'
import { Agenda } from '../traffic/agenda.ts'
import { Edge } from '../traffic/edge.ts'
import { Random } from '../traffic/random.ts'

/** What all detectors together cost for a message of honest people. */
export interface CostResult {
  readonly messages: number
  /** Mean of what a message costs, in the median of batches of a hundred, ns: all detectors less none. */
  readonly medianNs: number
  /** Of single messages, 999 of 1,000 cost no more; with the two readings of the clock, ns. */
  readonly p999Ns: number
  /** With engine, tracker and sensor and no detector. */
  readonly noneMedianNs: number
  /** Growth of the heap for a million messages, after collecting what is free, octets. */
  readonly heapGrowthBytes: number
  /** Garbage made per message, octets. */
  readonly garbageBytes: number
}

const BATCH = 100
/** 500 messages a second. */
const SPACING_MS = 2

/** Costs of what is not the detectors' work, parsing and the generator, are paid before the clock starts. */
export function runCost(scale: number): CostResult {
  const told: Heard[] = []
  const agenda = new Agenda(0)
  honestDay(
    new Edge(agenda, new Random(77), wired => {
      if (told.length >= 60_000) return
      // A busy server: what happens once a second is shared by many messages.
      told.push(heard({ ...wired, atMs: told.length * SPACING_MS }))
    }),
    scale,
  )
  agenda.run(9 * 3_600_000)
  const none = quietest(() => timed(told, new Judge({ detectors: [] })))
  const all = quietest(() => timed(told, new Judge({ detectors: DETECTORS })))
  const memory = grown(told)
  return {
    messages: told.length,
    medianNs: all.medianNs - none.medianNs,
    p999Ns: all.p999Ns,
    noneMedianNs: none.medianNs,
    ...memory,
  }
}

/** Other programs take the processor away: of some rounds the one that was disturbed least. */
function quietest(round: () => ReturnType<typeof timed>): ReturnType<typeof timed> {
  const rounds = Array.from({ length: 3 }, round)
  return {
    medianNs: Math.min(...rounds.map(({ medianNs }) => medianNs)),
    p999Ns: Math.min(...rounds.map(({ p999Ns }) => p999Ns)),
  }
}

function timed(told: readonly Heard[], judge: Judge): { medianNs: number; p999Ns: number } {
  // The engine compiles what is used: the first rounds are not counted.
  const span = spanOf(told)
  for (let round = 0; round < 3; round += 1) for (const each of told) judge.tell(later(each, round * span))
  const shifted = told.map(each => later(each, 3 * span))
  const batches: number[] = []
  for (let at = 0; at + BATCH <= shifted.length; at += BATCH) {
    const from = process.hrtime.bigint()
    for (let i = at; i < at + BATCH; i += 1) {
      const each = shifted[i]
      if (each !== undefined) judge.tell(each)
    }
    batches.push(Number(process.hrtime.bigint() - from) / BATCH)
  }
  const singles: number[] = []
  for (const each of told.map(message => later(message, 4 * span))) {
    const from = process.hrtime.bigint()
    judge.tell(each)
    singles.push(Number(process.hrtime.bigint() - from))
  }
  return { medianNs: shareOf(batches, 0.5), p999Ns: shareOf(singles, 0.999) }
}

/** Heap before and after a million messages, each told from objects that are already there. */
function grown(told: readonly Heard[]): Pick<CostResult, 'heapGrowthBytes' | 'garbageBytes'> {
  const judge = new Judge({ detectors: DETECTORS })
  const span = spanOf(told)
  const rounds = Math.max(1, Math.round(1_000_000 / Math.max(1, told.length)))
  const messages = told.map(each => ({ ...each, wired: { ...each.wired } }))
  const tellAll = (): void => {
    for (const each of messages) {
      each.wired.atMs += span
      judge.tell(each)
    }
  }
  for (let round = 0; round < 3; round += 1) tellAll()
  collect()
  const before = process.memoryUsage().heapUsed
  tellAll()
  const garbageBytes = (process.memoryUsage().heapUsed - before) / messages.length
  collect()
  const settled = process.memoryUsage().heapUsed
  for (let round = 0; round < rounds; round += 1) tellAll()
  collect()
  return { heapGrowthBytes: process.memoryUsage().heapUsed - settled, garbageBytes }
}

/** Collects what is free, more than once: what a finalizer lets go is free only then. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  if (typeof gc !== 'function') throw new Error('this engine cannot be told to collect')
  for (let i = 0; i < 4; i += 1) gc()
}

function spanOf(told: readonly Heard[]): number {
  return (told.at(-1)?.wired.atMs ?? 0) - (told[0]?.wired.atMs ?? 0) + 1000
}

function later(each: Heard, ms: number): Heard {
  return { ...each, wired: { ...each.wired, atMs: each.wired.atMs + ms } }
}

function shareOf(values: number[], share: number): number {
  values.sort((a, b) => a - b)
  return values[Math.floor(share * (values.length - 1))] ?? 0
}
