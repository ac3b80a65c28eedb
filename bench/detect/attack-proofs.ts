import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { attacks } from '../../src/threats/attacks.ts'

/** A test that shows what comes of an attack. */
export interface Proof {
  readonly title: string
  /** The detector whose test it is; undefined for a test of a stage, a limit or the whole server. */
  readonly detector: string | undefined
  /** From the root of the checkout. */
  readonly file: string
}

const IDS = new Set(attacks.map(({ id }) => id))
/** The first argument of `test` and `it`, and the name of a trace. */
const TITLES = /\b(?:(?:test|it)\(\s*|name:\s*)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g

/** The tests that cite an attack, or stand for it, by attack. @param root of the checkout */
export function proofsOf(root: string): ReadonlyMap<string, readonly Proof[]> {
  const proofs = new Map<string, Proof[]>()
  const standsFor = new Map(attacks.flatMap(({ id, tests = [] }) => tests.map(each => [each, id] as const)))
  for (const folder of ['src', 'test']) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!name.endsWith('.test.ts')) continue
      const file = join(folder, name)
      const detector = /^src\/detect\/detectors\/([a-z-]+)\.test\.ts$/.exec(file)?.[1]
      for (const [, single, double] of readFileSync(join(root, file), 'utf8').matchAll(TITLES)) {
        const title = (single ?? double ?? '').replaceAll("\\'", "'")
        const cited = new Set([...citedIn(title), ...[standsFor.get(title) ?? []].flat()])
        for (const id of cited) {
          const known = proofs.get(id)
          if (known === undefined) proofs.set(id, [{ title, detector, file }])
          else known.push({ title, detector, file })
        }
      }
    }
  }
  return proofs
}

/** `C01`, `C01 G03`, `B01 to B05`. */
function citedIn(title: string): string[] {
  const cited = (title.match(/\b[A-HP]\d\d\b/g) ?? []).filter(id => IDS.has(id))
  const [, from, until] = /\b([A-HP]\d\d) to ([A-HP]\d\d)\b/.exec(title) ?? []
  if (from === undefined || until === undefined) return cited
  return [...cited, ...[...IDS].filter(id => id > from && id < until)]
}

/** The catalogue as rows of a table: id, attack, what must come of it, detectors, proofs. */
export function attackTable(root: string): string {
  const proofs = proofsOf(root)
  const rows = attacks.map(({ id, title, expected, sight, isControl }) => {
    const own = proofs.get(id) ?? []
    const detectors = [...new Set(own.flatMap(({ detector }) => detector ?? []))].sort()
    const isTraced = own.some(({ detector }) => detector !== undefined)
    const isTested = own.some(({ detector }) => detector === undefined)
    const proof = [isTraced ? 'traces' : [], isTested ? 'tests' : []].flat().join(', ')
    const shown = detectors.map(each => `\`${each}\``).join(' ')
    const name = isControl === true ? `${id}, honest` : id
    return `| ${name} | ${title} | ${expected} | ${sight === 'elsewhere' ? 'not seen by the edge' : shown || '—'} | ${proof || '—'} |`
  })
  return [
    '| attack | what is done | what must come of it | detectors | shown by |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}
