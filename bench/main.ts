import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isAboutDetection } from './detect/detect-options.ts'
import { runDetect } from './detect/main.ts'
import { writePage } from './document/write-page.ts'
import { machineNow } from './machine.ts'
import { type Options, readOptions, VERBS } from './options.ts'
import { USAGE } from './usage.ts'
import { RUNS } from './verbs.ts'

const args = process.argv.slice(2)
if (isAboutDetection(args)) detect()
else await measure(asked())

function detect(): void {
  try {
    runDetect(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(2)
  }
}

async function measure(options: Options): Promise<void> {
  const machine = machineNow()
  const found: Record<string, unknown> = { machine }
  for (const name of VERBS) {
    if (name === 'all' || (options.verb !== name && options.verb !== 'all')) continue
    if (options.verb === 'all' && options.isQuick && name !== 'pairs') continue
    console.log(`\n${name}`)
    const outcome = await RUNS[name](options)
    if (outcome === undefined) continue
    found[name] = outcome.result
    if (options.isWritten) writePage(name, machine, outcome)
  }
  if (options.out !== undefined) {
    const path = resolve(options.out)
    writeFileSync(path, `${JSON.stringify(found, undefined, 2)}\n`)
    console.log(`every figure: ${path}`)
  }
}

function asked(): Options {
  try {
    const read = readOptions(args)
    if (!read.isHelp) return read
    console.log(USAGE)
    process.exit(0)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    process.exit(2)
  }
}
