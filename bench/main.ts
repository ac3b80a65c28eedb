import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { measureAnatomy } from './anatomy.ts'
import { Ground } from './harness/ground.ts'
import { whyNoLoad } from './harness/paths.ts'
import { machineNow } from './machine.ts'
import { type Options, readOptions, type Verb } from './options.ts'
import { measureProtections } from './protections.ts'
import { printAnatomy, printProtections, printShape, printSoak, printWorkers } from './report.ts'
import { runMicro } from './run-micro.ts'
import { runPairs } from './run-pairs.ts'
import { measureShape } from './shape/shape.ts'
import { soak } from './soak.ts'
import { USAGE } from './usage.ts'
import { measureWorkers } from './workers.ts'

/** What each word of the command line runs; each gives back what it found. */
const RUNS: Readonly<Record<Exclude<Verb, 'all'>, (options: Options) => Promise<unknown>>> = {
  pairs: runPairs,
  anatomy: options => underLoad(options, measureAnatomy, printAnatomy),
  protections: options => underLoad(options, measureProtections, printProtections),
  workers: options => underLoad(options, measureWorkers, printWorkers),
  shape: options => underLoad(options, measureShape, printShape),
  soak: options => underLoad(options, soak, printSoak),
  micro: options => runMicro(options.isQuick),
}

const options = asked()
const found: Record<string, unknown> = { machine: machineNow() }
for (const [name, run] of Object.entries(RUNS)) {
  if (options.verb !== name && options.verb !== 'all') continue
  if (options.verb === 'all' && options.isQuick && name !== 'pairs') continue
  console.log(`\n${name}`)
  const result = await run(options)
  if (result !== undefined) found[name] = result
}
if (options.out !== undefined) {
  const path = resolve(options.out)
  writeFileSync(path, `${JSON.stringify(found, undefined, 2)}\n`)
  console.log(`every figure: ${path}`)
}

/** Runs something that needs load, where this machine can make it, and prints what it found. */
async function underLoad<T>(
  plan: Options,
  measure: (ground: Ground, plan: Options) => Promise<T>,
  print: (result: T) => string,
): Promise<T | undefined> {
  const why = whyNoLoad()
  if (why !== undefined) {
    console.log(`Not measured: ${why}.`)
    return undefined
  }
  const ground = new Ground(plan.tree)
  try {
    const result = await measure(ground, plan)
    console.log(print(result))
    return result
  } finally {
    ground.close()
  }
}

function asked(): Options {
  try {
    const read = readOptions(process.argv.slice(2))
    if (!read.isHelp) return read
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    process.exit(2)
  }
}
