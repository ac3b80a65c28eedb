import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { threats } from '../src/threats/catalogue.ts'
import { threatsPage } from '../src/threats/page.ts'
import type { Defence } from '../src/threats/threat.ts'

const root = resolve(import.meta.dirname, '..')
const ids = threats.map(threat => threat.id)

function textsUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => readFileSync(join(root, folder, name), 'utf8'))
}

const stageTexts = textsUnder('src/pipeline/stages')
const stageNames = stageTexts.flatMap(text =>
  [...text.matchAll(/^ {2}name: '([a-z-]+)'/gm)].map(match => match[1]),
)
const texts = [...textsUnder('src'), ...textsUnder('test')]

function titlesIn(filter: string, pattern: RegExp): readonly (string | undefined)[] {
  return texts
    .filter(text => text.includes(filter))
    .flatMap(text => [...text.matchAll(pattern)])
    .map(match => match[1] ?? match[2])
}

/** What a test run would print: the first argument of every `test` and `it`, and the traces of detectors. */
const testTitles = [
  ...titlesIn("from 'node:test'", /\b(?:test|it)\(\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/g),
  ...titlesIn('\ntryDetector(', /^ {4}(?: {2}|\{ )name: (?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/gm),
]

function stands(defence: Defence): boolean {
  const name = defence.slice(defence.indexOf(':') + 1)
  return defence.startsWith('stage:') ? stageNames.includes(name) : existsSync(join(root, 'src', name))
}

test('every threat has an id of its own, a clause of the paper, an impact and a remedy', () => {
  assert.equal(new Set(ids).size, ids.length)
  for (const threat of threats) {
    assert.match(threat.id, /^[a-z]+(-[a-z0-9]+)*$/)
    assert.match(threat.clause, /^(Abstract|§[1-4]|Table [12])/, threat.id)
    assert.ok(threat.title !== '' && threat.impact !== '' && threat.remedy.endsWith('.'), threat.id)
  }
})

test('every threat has a section in docs/threats.md, and the page is in sync with the catalogue', () => {
  const page = readFileSync(join(root, 'docs', 'threats.md'), 'utf8')
  assert.deepEqual(
    ids.filter(id => !page.includes(`\n### ${id}\n`)),
    [],
  )
  assert.ok(page === threatsPage(), 'docs/threats.md is old: node_modules/.bin/node bin/write-threats.mjs')
})

test('every defence that a threat names stands in the tree', () => {
  const missing = threats.flatMap(threat =>
    (threat.defences ?? []).filter(defence => !stands(defence)).map(defence => `${threat.id}: ${defence}`),
  )
  assert.deepEqual(missing, [])
})

test('every answered threat has a defence, and tests of which there is one by that name', () => {
  const missing = threats.flatMap(threat => {
    if (threat.status === 'open') return []
    const untold = threat.tests.filter(title => testTitles.filter(each => each === title).length !== 1)
    return [...(threat.defences.length === 0 ? ['no defence'] : []), ...untold].map(
      what => `${threat.id}: ${what}`,
    )
  })
  assert.deepEqual(missing, [])
})

test('what a stage says that it meets is a threat of the catalogue', () => {
  const met = stageTexts.flatMap(text =>
    [...text.matchAll(/^ {2}meets: \[([^\]]*)\]/gm)].map(match => match[1] ?? ''),
  )
  const named = met.flatMap(list => [...list.matchAll(/'([^']+)'/g)].map(match => match[1]))
  assert.ok(named.length > 0)
  assert.deepEqual(
    named.filter(id => id === undefined || !ids.includes(id)),
    [],
  )
})

test('what is open is named, with the work that will answer it', t => {
  const open = threats.filter(threat => threat.status === 'open')
  t.diagnostic(`${open.length} of ${threats.length} threats are open`)
  for (const threat of open) t.diagnostic(`open: ${threat.id} (${threat.awaits})`)
  assert.ok(open.every(threat => threat.awaits.length > 0))
})
