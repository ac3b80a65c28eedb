import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { replaceRegion } from '../../document/regions.ts'
import { ROOT } from '../../harness/paths.ts'
import { detectorsText } from './detectors-text.ts'

test('docs/detection.md tells of every detector what it says of itself', () => {
  const page = readFileSync(join(ROOT, 'docs/detection.md'), 'utf8')
  assert.equal(page, replaceRegion(page, 'detectors', detectorsText()), 'npm run bench -- detect --list')
})
