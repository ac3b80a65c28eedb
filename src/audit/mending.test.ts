import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { auditAttacks } from './attacks.ts'

const DOCS = join(import.meta.dirname, '..', '..', 'docs')

/** Words of messages, and what stands in no table of the documents. */
const OTHER_WORDS = [
  'maddr',
  'received',
  'rport',
  'alias',
  'verstat',
  'admin.token',
  '--allow-trivial',
  '--md5',
]

/** Settings by the path of their table (`policy: limits`; '' for the first), and all that a document quotes. */
const settings = new Map<string, ReadonlySet<string>>()
const configuration = readFileSync(join(DOCS, 'configuration.md'), 'utf8')
for (const part of configuration.split(/^## /m).slice(1)) {
  const path = part.startsWith('Settings\n') ? '' : (/^`([^`]+)`/.exec(part)?.[1] ?? '?')
  settings.set(path, new Set([...part.matchAll(/^\| `([^`]+)` \|/gm)].map(row => row[1] ?? '')))
}
const weakenings = new Set(
  [...configuration.matchAll(/^\| `([a-z0-9-]+)` \| [^|]+ \|$/gm)].map(row => row[1] ?? ''),
)
const detectors = readFileSync(join(DOCS, 'detection.md'), 'utf8')
const commands = readFileSync(join(DOCS, 'commands.md'), 'utf8')

/** Whether that is a name that a reader finds: a path of settings (`tls: ca`, `trusted: true`), a detector, a command. */
function isKnown(quoted: string): boolean {
  if (OTHER_WORDS.includes(quoted) || weakenings.has(quoted)) return true
  if (detectors.includes(`\n### ${quoted}\n`)) return true
  if (quoted.startsWith('aspis '))
    return quoted.split(' ').every(word => OTHER_WORDS.includes(word) || commands.includes(word))
  const words = quoted.split(/[^a-z0-9-]+/).filter(word => word !== '')
  const [first = '', second] = words
  if (first === 'insecure' || first === 'allow') return second === undefined || weakenings.has(second)
  if (!quoted.includes(': ')) return isSetting(first)
  if (settings.has(first)) return reaches(first, words.slice(1))
  return isSetting(first)
}

/** Whether the words lead on from a table: the first is a setting of it, or of a table in it. */
function reaches(path: string, words: readonly string[]): boolean {
  const [word, ...rest] = words
  if (word === undefined) return true
  const deeper = `${path}: ${word}`
  if (settings.has(deeper)) return reaches(deeper, rest)
  return settings.get(path)?.has(word) === true
}

function isSetting(word: string): boolean {
  return [...settings.values()].some(names => names.has(word))
}

test('every setting, weakening, detector and command of Aspis that a mending names stands in the documents', () => {
  const unknown = auditAttacks.flatMap(({ id, mending }) =>
    [...mending.aspis.matchAll(/`([^`]+)`/g)]
      .map(quote => quote[1] ?? '')
      .filter(quoted => !isKnown(quoted))
      .map(quoted => `${id}: ${quoted}`),
  )
  assert.deepEqual(unknown, [])
})

test('a name that is in no document is told apart from one that is', () => {
  for (const name of [
    'tls: ca',
    'aaa: diameter: peers',
    'insecure: legacy-qop',
    'trusted: true',
    'host-scan',
  ])
    assert.ok(isKnown(name), name)
  for (const name of ['tls: cipher', 'limits: stranger', 'insecure: no-qop', 'nonsense', 'nonsense: true'])
    assert.ok(!isKnown(name), name)
})
