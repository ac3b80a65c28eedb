import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cellsOf } from '../../aims/aim.ts'
import { markdownTable, replaceRegion } from '../../document/regions.ts'
import { ROOT } from '../../harness/paths.ts'
import { machineNow } from '../../machine.ts'
import { attackTable } from '../attack-proofs.ts'
import { detectionAims, type Evaluation } from '../report.ts'
import { detectorsText } from './detectors-text.ts'
import { resultRegions } from './result-regions.ts'
import { sweepPicture } from './sweep-picture.ts'

const PAGE = join(ROOT, 'docs/detection.md')
const PICTURES = join(ROOT, 'docs/detection')

/** Puts what was found out into the page, and its picture beside it. @throws Error when the page lacks a region */
export function writeDetectionPage(found: Evaluation): void {
  const { date, commit, cpu, cores, node } = machineNow()
  const taken = `Taken on ${date} at ${commit}: ${cpu}, ${cores} cores, Node.js ${node}; ${found.runs} runs of each class and intensity.`
  const aims = markdownTable(['goal', 'measured', 'limit', 'reached'], detectionAims(found).map(cellsOf))
  let page = replaceRegion(readFileSync(PAGE, 'utf8'), 'goals', `${taken}\n\n${aims}`)
  page = withLists(page)
  for (const [region, text] of Object.entries(resultRegions(found))) page = replaceRegion(page, region, text)
  writeFileSync(PAGE, page)
  if (!existsSync(PICTURES)) mkdirSync(PICTURES, { recursive: true })
  writeFileSync(join(PICTURES, 'roc.svg'), sweepPicture(found.sweep))
}

/** The lists of detectors and attacks alone, which need no measuring. */
export function writeDetectorList(): void {
  writeFileSync(PAGE, withLists(readFileSync(PAGE, 'utf8')))
}

/** The page with what the source says of detectors and attacks. */
export function withLists(page: string): string {
  return replaceRegion(replaceRegion(page, 'detectors', detectorsText()), 'attacks', attackTable(ROOT))
}
