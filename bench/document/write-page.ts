import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cellsOf } from '../aims/aim.ts'
import { ROOT } from '../harness/paths.ts'
import type { Machine } from '../machine.ts'
import type { Outcome } from '../verbs.ts'
import { markdownTable, replaceRegion } from './regions.ts'
import { provenance } from './section.ts'

const PAGE = join(ROOT, 'docs/performance.md')
const FIGURES = join(ROOT, 'docs/performance.json')
const PICTURES = join(ROOT, 'docs/performance')

const AIMS = ['aim', 'measured', 'limit', 'reached']

/**
 * Takes a result over into the page, its pictures and the file of all figures; what else they hold stays.
 * @param name of the region and of the field
 * @throws Error when the page has no such region
 */
export function writePage(name: string, machine: Machine, { section, result, aims, figures }: Outcome): void {
  const table = aims.length === 0 ? '' : `\n\n${markdownTable(AIMS, aims.map(cellsOf))}`
  const text = `${provenance(machine)}\n\n${section.text}${table}`
  writeFileSync(PAGE, replaceRegion(readFileSync(PAGE, 'utf8'), name, text))
  mkdirSync(PICTURES, { recursive: true })
  for (const [file, picture] of Object.entries(section.pictures)) writeFileSync(join(PICTURES, file), picture)
  const file = figures === undefined ? FIGURES : join(ROOT, figures)
  const all: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const before = typeof all === 'object' && all !== null ? all : {}
  const after = { ...before, [name]: { machine, result, aims } }
  writeFileSync(file, `${JSON.stringify(after, rounded, 1)}\n`)
}

/** Six digits are more than any figure here is worth. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
}
