import { type Aim, printAims } from './aims/aim.ts'
import { pairsAims, protectionAims, shapeAims, soakAims, workersAims } from './aims/aims.ts'
import { measureAnatomy } from './anatomy.ts'
import { anatomySection, protectionsSection, workersSection } from './document/cost-sections.ts'
import { shapeSection, soakSection } from './document/growth-sections.ts'
import { microSection } from './document/micro-section.ts'
import { pairsSection } from './document/pairs-section.ts'
import type { Section } from './document/section.ts'
import { floodAims, floodSection, measureFlood, printFlood } from './flood.ts'
import { Ground } from './harness/ground.ts'
import { whyNoLoad } from './harness/paths.ts'
import type { Options, Verb } from './options.ts'
import {
  measureProtection,
  PROTECTION_FIGURES,
  printProtection,
  protectionSection,
  whyNoBattle,
} from './protection/protection.ts'
import { measureProtections } from './protections.ts'
import { measureReplay, printReplay, replayAims, replaySection } from './replay.ts'
import { printAnatomy, printProtections, printShape, printSoak, printWorkers } from './report.ts'
import { runMicro } from './run-micro.ts'
import { runPairs } from './run-pairs.ts'
import { measureShape } from './shape/shape.ts'
import { soak } from './soak.ts'
import { measureWorkers } from './workers.ts'

/** What a measurement found, and what the page says of it. */
export interface Outcome {
  readonly result: unknown
  readonly section: Section
  readonly aims: readonly Aim[]
  /** A file of its own for the figures, from the root of the checkout. */
  readonly figures?: string
}

/** What each word of the command line runs; undefined where this machine cannot. */
export const RUNS: Readonly<
  Record<Exclude<Verb, 'all'>, (options: Options) => Promise<Outcome | undefined>>
> = {
  pairs: async options => {
    const result = await runPairs(options)
    if (result === undefined) return undefined
    const aims = pairsAims(result)
    console.log(`\n${printAims(aims)}`)
    return { result, section: pairsSection(result), aims }
  },
  anatomy: options => underLoad(options, measureAnatomy, printAnatomy, anatomySection),
  protections: options =>
    underLoad(options, measureProtections, printProtections, protectionsSection, protectionAims),
  workers: options => underLoad(options, measureWorkers, printWorkers, workersSection, workersAims),
  shape: options => underLoad(options, measureShape, printShape, shapeSection, shapeAims),
  flood: options => underLoad(options, measureFlood, printFlood, floodSection, floodAims),
  protection: async options => {
    const why = whyNoBattle()
    if (why !== undefined) {
      console.log(`Not measured: ${why}.`)
      return undefined
    }
    const result = await measureProtection(options)
    console.log(`\n${printProtection(result)}`)
    return { result, section: protectionSection(result), aims: [], figures: PROTECTION_FIGURES }
  },
  replay: async ({ isQuick }) => {
    const result = measureReplay(isQuick)
    const aims = replayAims(result)
    console.log(`${printReplay(result)}\n${printAims(aims)}`)
    return { result, section: replaySection(result), aims }
  },
  soak: options => underLoad(options, soak, printSoak, soakSection, soakAims),
  micro: async options => {
    const result = await runMicro(options.isQuick)
    return { result, section: microSection(result), aims: [] }
  },
}

/** Runs something that needs load, where this machine can make it, and prints what it found. */
async function underLoad<T>(
  options: Options,
  measure: (ground: Ground, plan: Options) => Promise<T>,
  print: (result: T) => string,
  sectionOf: (result: T) => Section,
  aimsOf: (result: T) => readonly Aim[] = () => [],
): Promise<Outcome | undefined> {
  const why = whyNoLoad()
  if (why !== undefined) {
    console.log(`Not measured: ${why}.`)
    return undefined
  }
  const ground = new Ground(options.tree)
  try {
    const result = await measure(ground, options)
    const aims = aimsOf(result)
    console.log(`${print(result)}\n${printAims(aims)}`)
    return { result, section: sectionOf(result), aims }
  } finally {
    ground.close()
  }
}
