import assert from 'node:assert/strict'
import { test } from 'node:test'
import { affordableConnections, readOpenFileLimit } from './open-files.ts'

test('DOS-06: connections leave the files that everything else needs', () => {
  assert.equal(affordableConnections(10_000, undefined), 10_000)
  assert.equal(affordableConnections(10_000, 1_048_576), 10_000)
  assert.equal(affordableConnections(10_000, 4096), 3687)
  assert.equal(affordableConnections(10_000, 256), 192)
  assert.equal(affordableConnections(10_000, 20), 1)
  assert.equal(affordableConnections(50, 256), 50)
})

test('the limit of open files is read as Linux tells it', () => {
  assert.equal(
    readOpenFileLimit('Max processes  5  6\nMax open files            1024        524288     files\n'),
    1024,
  )
  assert.equal(readOpenFileLimit('Max open files            unlimited   unlimited  files\n'), undefined)
  assert.equal(readOpenFileLimit(''), undefined)
})
