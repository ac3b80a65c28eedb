import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { proofsOf } from '../bench/detect/attack-proofs.ts'
import { attacks } from '../src/threats/attacks.ts'

const root = join(import.meta.dirname, '..')
const list = join(root, '../shared/attacks.md')

test('every attack that the edge or its configuration can see is cited by a test', () => {
  const proofs = proofsOf(root)
  const without = attacks.filter(
    ({ id, sight }) => sight !== 'elsewhere' && (proofs.get(id)?.length ?? 0) === 0,
  )
  assert.deepEqual(
    without.map(({ id, title }) => `${id} ${title}`),
    [],
  )
})

test('a test that stands for an attack without citing it is there', () => {
  const titles = new Set([...proofsOf(root).values()].flat().map(({ title }) => title))
  const gone = attacks.flatMap(({ id, tests = [] }) =>
    tests.filter(each => !titles.has(each)).map(each => `${id}: ${each}`),
  )
  assert.deepEqual(gone, [])
})

test('the catalogue has every attack of the list beside the checkout, and no other', {
  skip: existsSync(list) ? false : 'the list of attacks is not beside this checkout',
}, () => {
  const listed = [...readFileSync(list, 'utf8').matchAll(/^\| ([A-HP]\d\d)( N)? \|/gm)]
  assert.deepEqual(
    attacks.map(({ id, isControl }) => `${id}${isControl === true ? ' N' : ''}`).sort(),
    listed.map(([, id = '', control = '']) => `${id}${control}`).sort(),
  )
})
