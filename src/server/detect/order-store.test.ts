import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Order } from '../../detect/order.ts'
import { createLog } from '../log.ts'
import { OrderStore } from './order-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-orders-'))
after(() => rmSync(folder, { recursive: true }))

const ORDER: Order = {
  ...{
    id: 'x.1',
    action: 'kernel-drop',
    isForUnproved: false,
    why: 'guessed "x"',
    findings: ['f'],
    score: 60,
  },
  ...{ beganMs: 1, endsMs: 2, offence: 1, isMonitorOnly: false, by: 'detection' },
  subject: { kind: 'source', name: '192.0.2.7' },
}
const OFFENCES = { key: 'source:192.0.2.7', count: 3, untilMs: 9 }

function storeIn(place: string, orders: readonly Order[] = [ORDER]) {
  const events: string[] = []
  const log = createLog({
    level: 'debug',
    format: 'json',
    write: line => events.push(String(JSON.parse(line).event)),
    nowMs: () => 0,
    maxPerWindow: 1000,
  })
  return { store: new OrderStore(place, log, () => ({ orders, offences: [OFFENCES] })), events }
}

test('what bars somebody is read again as it was written, for the owner alone; milder orders are not kept', async () => {
  const mild: Order = { ...ORDER, action: 'tarpit' }
  const told: Order = { ...ORDER, isMonitorOnly: true }
  const { store } = storeIn(folder, [mild, ORDER, told])
  store.changed()
  await store.flush(0)
  assert.equal(statSync(join(folder, 'bans.json')).mode & 0o777, 0o600)
  assert.deepEqual(storeIn(folder).store.load(), { orders: [ORDER], offences: [OFFENCES] })
})

test('nothing is written while nothing changed', async () => {
  const { store } = storeIn(join(folder, 'nowhere'))
  await store.flush(0)
  assert.deepEqual(store.load(), { orders: [], offences: [] })
})

test('a file that is damaged, or holds something else, is told and bans nobody', () => {
  for (const text of ['{"version":1,"orders":[{"id":1}],"offences":[7]}', '[]', 'no json', '']) {
    writeFileSync(join(folder, 'bans.json'), text)
    const { store, events } = storeIn(folder)
    assert.deepEqual(store.load(), { orders: [], offences: [] })
    assert.ok(events.every(event => event === 'bans-not-read'))
  }
})

test('a disk that fails is said once and tried again less and less often, until it works', async () => {
  const place = join(folder, 'full')
  const { store, events } = storeIn(place)
  store.changed()
  for (const nowMs of [0, 500, 1000, 1500, 2000, 3000]) await store.flush(nowMs)
  assert.deepEqual(events, ['bans-not-stored'])
  writeFileSync(`${place}.txt`, '')
  chmodSync(folder, 0o700)
  const { mkdirSync } = await import('node:fs')
  mkdirSync(place)
  await store.flush(6000)
  assert.deepEqual(events, ['bans-not-stored'])
  await store.flush(7000)
  assert.deepEqual(events, ['bans-not-stored', 'bans-stored-again'])
  assert.match(readFileSync(join(place, 'bans.json'), 'utf8'), /192\.0\.2\.7/)
})
