import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { machineNow } from './machine.ts'
import { readOptions } from './options.ts'
import { runMicro } from './run-micro.ts'
import { runPairs } from './run-pairs.ts'
import { summaryOf } from './table.ts'
import { USAGE } from './usage.ts'

const options = asked()
if (options.verb === 'all' || options.verb === 'pairs') {
  const figures = await runPairs(options)
  if (options.out !== undefined && figures !== undefined) {
    const path = resolve(options.out)
    const text = JSON.stringify({ machine: machineNow(), summary: summaryOf(figures), figures }, undefined, 2)
    writeFileSync(path, `${text}\n`)
    console.log(`every figure: ${path}`)
  }
}
if (options.verb === 'micro' || (options.verb === 'all' && !options.isQuick)) await runMicro(options.isQuick)

function asked() {
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
