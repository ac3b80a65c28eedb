import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Flow } from '../../base/flow.ts'
import { parseMessage } from '../message/parse.ts'
import { Sources } from './half-open.ts'
import { ServerTransaction } from './server-transaction.ts'

const flow: Flow = {
  id: 1,
  transport: 'udp',
  local: { ip: '192.0.2.2', port: 5060 },
  remote: { ip: '192.0.2.1', port: 5060 },
  isReliable: false,
  isSecure: false,
  isOpen: true,
  isProved: false,
  peerIdentities: [],
  send: () => true,
  close: () => {},
}

function enter(sources: Sources, id: number, name: string): ServerTransaction {
  const parsed = parseMessage('OPTIONS sip:example.test SIP/2.0\r\n\r\n', true)
  assert.ok(parsed.ok && parsed.value.kind === 'request')
  return new ServerTransaction({ first: id, second: id }, parsed.value, flow, sources.enter(name), {
    step() {},
  })
}

test('TXN-21 the oldest half-open of all, and of each source, are known, however they come and go', () => {
  const step = fc.record({
    do: fc.constantFrom('enter', 'mark', 'leave'),
    n: fc.nat(1000),
    source: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      const sources = new Sources()
      let alive: ServerTransaction[] = []
      /** In the order in which they became half-open. */
      let halfOpen: ServerTransaction[] = []
      for (const [id, { do: what, n, source }] of steps.entries()) {
        const chosen = alive[n % Math.max(1, alive.length)]
        if (what === 'enter') alive.push(enter(sources, id, `source ${source}`))
        else if (chosen !== undefined && what === 'mark') {
          sources.markHalfOpen(chosen)
          if (!halfOpen.includes(chosen)) halfOpen.push(chosen)
        } else if (chosen !== undefined) {
          sources.leave(chosen)
          alive = alive.filter(item => item !== chosen)
          halfOpen = halfOpen.filter(item => item !== chosen)
        }
        assert.equal(sources.halfOpen.oldest, halfOpen[0])
        for (let at = 0; at < 4; at++) {
          const name = `source ${at}`
          const own = alive.filter(item => item.source.name === name)
          const found = sources.find(name)
          assert.equal(found?.count ?? 0, own.length)
          assert.equal(found?.halfOpen.oldest, halfOpen.filter(item => own.includes(item))[0])
        }
        assert.equal(sources.size, new Set(alive.map(item => item.source.name)).size)
      }
    }),
  )
})

test('sources without a transaction are forgotten when they are many', () => {
  const sources = new Sources()
  for (let id = 0; id < 5000; id++) sources.leave(enter(sources, id, `source ${id}`))
  assert.equal(sources.size, 0)
  const kept = Array.from({ length: 5000 }, (_, id) => sources.find(`source ${id}`)).filter(Boolean)
  assert.ok(kept.length <= 1025, `${kept.length} kept`)
})
