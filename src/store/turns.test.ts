import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Turns } from './turns.ts'

function told(log: string[], name: string): { begin(): void } {
  return { begin: () => void log.push(name) }
}

it('one at a time for a key, in the order of the calls, and keys do not wait for each other', () => {
  const turns = new Turns(10)
  const log: string[] = []
  assert.equal(turns.enter('a', told(log, 'a1')), true)
  assert.equal(turns.enter('a', told(log, 'a2')), false)
  assert.equal(turns.enter('a', told(log, 'a3')), false)
  assert.equal(turns.enter('b', told(log, 'b1')), true)
  turns.leave('b')
  turns.leave('a')
  assert.deepEqual(log, ['a2'])
  turns.leave('a')
  assert.deepEqual(log, ['a2', 'a3'])
  turns.leave('a')
  assert.equal(turns.enter('a', told(log, 'a4')), true)
})

it('turns that are taken and turns that are waited for count together', () => {
  const turns = new Turns(3)
  turns.enter('a', told([], ''))
  turns.enter('a', told([], ''))
  assert.equal(turns.isFull, false)
  turns.enter('b', told([], ''))
  assert.equal(turns.isFull, true)
  turns.leave('b')
  assert.equal(turns.isFull, false)
})
