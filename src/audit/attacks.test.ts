import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { attacks as catalogue } from '../threats/attacks.ts'
import { threats } from '../threats/catalogue.ts'
import { auditAttacks } from './attacks.ts'

const ids = auditAttacks.map(({ id }) => id)

test('every attack stands in the list once, in a file of its name', () => {
  const files = readdirSync(join(import.meta.dirname, 'attacks'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.includes('/') && !name.endsWith('.test.ts'))
    .map(name => name.slice(0, -3))
  assert.deepEqual(ids.toSorted(), files.toSorted())
})

test('the list is in the order of the catalogue, and every entry and threat that it names is there', () => {
  const entries = catalogue.map(({ id }) => id)
  const places = auditAttacks.map(({ entry }) => entries.indexOf(entry))
  assert.ok(!places.includes(-1))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
  const known = new Set(threats.map(({ id }) => id))
  const unknown = auditAttacks.flatMap(attack => attack.threats.filter(id => !known.has(id)))
  assert.deepEqual(unknown, [])
})

test('an attack is a line, and what a safe server does and how to mend it are sentences', () => {
  for (const { id, title, expected, mending, maxMessages } of auditAttacks) {
    assert.match(title, /^[a-z0-9"'].{10,110}[^.]$/, id)
    for (const sentence of [expected, ...Object.values(mending)]) assert.match(sentence, /^.{15,400}\.$/, id)
    assert.ok(maxMessages > 0 && maxMessages <= 100_000, id)
  }
})
