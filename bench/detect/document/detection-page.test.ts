import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../../harness/paths.ts'
import { withLists } from './detection-page.ts'

test('docs/detection.md tells of every detector what it says of itself, and of every attack what shows it', () => {
  const page = readFileSync(join(ROOT, 'docs/detection.md'), 'utf8')
  assert.equal(page, withLists(page), 'npm run bench -- detect --list')
})
