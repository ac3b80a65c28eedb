import { existsSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { besideKamailio, type Figure, whyNotBesideKamailio } from './beside-kamailio.ts'
import { runNode } from './run-program.ts'
import { printTable, summaryOf } from './table.ts'

const USAGE = `usage: npm run bench -- [--quick] [--workloads a,b,c,d,e] [--reps N] [--out FILE]
  CPU time per registration, per call and per OPTIONS of Aspis and of Kamailio, taken in turns in one run, on a
  loopback of their own; then what single parts of Aspis cost.
  --quick      once and shorter, without the parts; two to three minutes
  --workloads  a REGISTER  b the same with digest  c a call  d the same with digest  e OPTIONS
  --reps       rounds; 3 by default, 1 with --quick
  --out        writes every figure to a file as JSON
  example: npm run bench -- --quick --out figures.json`

/** What single parts cost; each is a program of its own. */
const PARTS = ['bench/parse.ts', 'bench/digest.ts', 'bench/store.ts']

const options = readOptions()
const why = whyNotBesideKamailio()
const figures: Figure[] = []
if (why === undefined) {
  const plan = { reps: options.reps, isQuick: options.quick, workloads: options.workloads }
  for await (const figure of besideKamailio(plan)) figures.push(figure)
  console.log(printTable(summaryOf(figures)))
} else {
  console.log(`Not measured beside Kamailio: ${why}. What single parts cost:`)
}
if (options.out !== undefined) writeOut(options.out)
if (why !== undefined || !options.quick) {
  for (const part of PARTS.filter(existsSync)) {
    console.log(`\n${part}`)
    await runNode([part])
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        workloads: { type: 'string', default: 'a,b,c,d,e' },
        reps: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    const workloads = values.workloads.split(',')
    if (!workloads.every(each => /^[a-e]$/.test(each))) throw new Error('workloads are a, b, c, d, e')
    const reps = Number(values.reps ?? (values.quick ? 1 : 3))
    if (!Number.isInteger(reps) || reps < 1 || reps > 100) throw new Error('reps is a number from 1 to 100')
    return { ...values, workloads, reps }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    process.exit(2)
  }
}

function writeOut(file: string): void {
  const path = resolve(file)
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
  const text = JSON.stringify({ machine, summary: summaryOf(figures), figures }, undefined, 2)
  writeFileSync(path, `${text}\n`)
  console.log(`\nevery figure: ${path}`)
}
