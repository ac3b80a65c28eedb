import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { binding } from '../../../test/support/store-rules/location.ts'
import { NOW_MS } from '../../../test/support/stores.ts'
import type { Binding } from '../location.ts'
import { Frame } from '../record/frame.ts'
import { aorIn, bindingsIn } from '../record/read.ts'
import { LocationIndex } from './location-index.ts'

const AORS = Array.from({ length: 12 }, (_, n) => `sip:user${n}@example.com`)
const FLOWS = ['', 'tcp:192.0.2.1:5060', 'tls:192.0.2.2:5061', 'udp:192.0.2.3:5060']

interface Step {
  readonly aor: string
  readonly flows: readonly string[]
  readonly lifeMs: number
  readonly agentChars: number
  readonly passesMs: number
}

const step: fc.Arbitrary<Step> = fc.record({
  aor: fc.constantFrom(...AORS),
  flows: fc.array(fc.constantFrom(...FLOWS), { maxLength: 3 }),
  lifeMs: fc.integer({ min: 1, max: 5000 }),
  agentChars: fc.oneof(fc.constant(7), fc.integer({ min: 0, max: 3000 }), fc.constant(400_000)),
  passesMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 })),
})

function bindingsOf({ aor, flows, lifeMs, agentChars }: Step, nowMs: number): readonly Binding[] {
  return flows.map((received, i) =>
    binding({
      aor,
      received,
      key: String(i),
      userAgent: 'x'.repeat(agentChars),
      expiresAtMs: nowMs + lifeMs * (i + 1),
    }),
  )
}

describe('the location index', () => {
  it('is what a plain map is: by address-of-record, by flow and by expiry', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const index = new LocationIndex()
        const model = new Map<string, readonly Binding[]>()
        let nowMs = NOW_MS
        for (const each of steps) {
          const next = bindingsOf(each, nowMs)
          index.set(each.aor, next)
          if (next.length === 0) model.delete(each.aor)
          else model.set(each.aor, next)
          nowMs += each.passesMs
          while (index.expire(nowMs, 2) > 0);
          for (const [aor, there] of model) {
            const alive = there.filter(one => one.expiresAtMs > nowMs)
            if (alive.length === 0) model.delete(aor)
            else model.set(aor, alive)
          }
        }
        // What was only filed anew is no binding that went, so a last look.
        index.expire(nowMs, Number.POSITIVE_INFINITY)
        assert.deepEqual(new Set(index.aors()), new Set(model.keys()))
        assert.equal(index.aorCount, model.size)
        assert.equal(index.count, [...model.values()].flat().length)
        for (const aor of AORS) assert.deepEqual(index.all(aor), model.get(aor) ?? [])
        for (const flow of FLOWS.slice(1)) {
          const aors = [...model].filter(([, there]) => there.some(one => one.received === flow))
          assert.deepEqual(new Set(index.aorsOfFlow(flow)), new Set(aors.map(([aor]) => aor)))
        }
      }),
      { numRuns: 200 },
    )
  })

  it('a look-up finds its own among twenty thousand, before and after half of them went', () => {
    const index = new LocationIndex()
    const aors = Array.from({ length: 20_000 }, (_, n) => `sip:user${n}@example.com`)
    for (const aor of aors) index.set(aor, [binding({ aor })])
    for (const [i, aor] of aors.entries()) if (i % 2 === 0) index.set(aor, [])
    for (const [i, aor] of aors.entries()) assert.equal(index.all(aor).length, i % 2)
    assert.equal(index.count, 10_000)
  })

  it('what expired is not given out even before it is forgotten, and a refresh keeps it', () => {
    const index = new LocationIndex()
    const [aor = ''] = AORS
    index.set(aor, [binding({ aor, expiresAtMs: NOW_MS + 1000 })])
    assert.equal(index.alive(aor, NOW_MS + 1000).length, 0)
    index.set(aor, [binding({ aor, expiresAtMs: NOW_MS + 5000 })])
    assert.equal(index.expire(NOW_MS + 1000, 10), 0)
    assert.equal(index.alive(aor, NOW_MS + 1000).length, 1)
    assert.equal(index.expire(NOW_MS + 5000, 10), 1)
  })

  it('an address-of-record says how many changes it had, and forgets that with its last binding', () => {
    const index = new LocationIndex()
    const [aor = ''] = AORS
    assert.equal(index.versionOf(aor), 0)
    index.set(aor, [binding({ aor })])
    index.set(aor, [binding({ aor, cseq: 2 })])
    assert.equal(index.versionOf(aor), 2)
    index.set(aor, [])
    assert.equal(index.versionOf(aor), 0)
  })

  it('everything can be copied in slices while it changes, each address-of-record whole', () => {
    const index = new LocationIndex()
    for (const aor of AORS) index.set(aor, [binding({ aor })])
    const [first = '', second = ''] = AORS
    const seen = new Map<string, number>()
    const frame = new Frame()
    for (let slot = 0; slot < index.slotEnd; ) {
      frame.clear()
      slot = index.copyTo(frame, slot, 1)
      const { octets, start } = frame
      if (frame.count > 0) seen.set(aorIn(octets, start), bindingsIn(octets, start)[0]?.cseq ?? 0)
      index.set(second, [binding({ aor: second, cseq: 5, userAgent: 'x'.repeat(900) })])
      if (seen.size === 3) index.set(first, [])
    }
    assert.deepEqual([...seen.keys()].sort(), [...AORS].sort())
    assert.equal(seen.get(second), 5)
  })
})
