import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentMap } from './recent-map.ts'

test('an entry is kept for its time, whatever else comes, and goes after twice that', () => {
  const map = new RecentMap<number>(100, 1000, 0)
  assert.ok(map.set('early', 1, 0))
  assert.ok(map.set('late', 2, 900))
  assert.equal(map.get('early', 1000), 1)
  assert.equal(map.get('late', 1899), 2)
  assert.equal(map.get('late', 2000), undefined)
  assert.ok(map.set('again', 3, 2000))
  assert.equal(map.get('again', 9000), undefined)
})

test('when it is full nothing is thrown away: new ones are not taken until old ones have had their time', () => {
  const map = new RecentMap<number>(2, 1000, 0)
  assert.ok(map.set('a', 1, 0))
  assert.ok(map.set('b', 1, 0))
  assert.equal(map.set('c', 1, 500), false)
  assert.ok(map.set('a', 2, 500))
  assert.equal(map.get('b', 500), 1)
  assert.ok(map.set('c', 1, 2000))
  assert.equal(map.size, 1)
})
