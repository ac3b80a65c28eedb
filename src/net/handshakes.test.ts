import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Handshake, Handshakes } from './handshakes.ts'
import { streamLimits } from './stream-limits.ts'

/** Handshakes with turns and a clock of the test's. */
class Bench {
  nowMs = 0
  readonly begun: string[] = []
  readonly refused: string[] = []
  readonly #turns: (() => void)[] = []
  readonly handshakes: Handshakes

  constructor(limits: { maxTlsHandshakes?: number; maxTlsHandshakesBegun?: number } = {}) {
    this.handshakes = new Handshakes(
      { ...streamLimits, ...limits },
      () => this.nowMs,
      run => this.#turns.push(run),
    )
  }

  accept(name: string, ip = '192.0.2.1'): Handshake {
    return this.handshakes.add({
      remote: { ip, port: 1 },
      refuse: reason => this.refused.push(`${name} ${reason}`),
    })
  }

  greeted(name: string, ip?: string): Handshake {
    const handshake = this.accept(name, ip)
    this.handshakes.greeted(handshake, () => this.begun.push(name))
    return handshake
  }

  /** One turn of the event loop; how many handshakes it began. */
  turn(): number {
    const before = this.begun.length
    for (const run of this.#turns.splice(0)) run()
    return this.begun.length - before
  }
}

test('of a thousand clients that greet at once one is begun in a turn', () => {
  const bench = new Bench({ maxTlsHandshakesBegun: 4000 })
  for (let i = 0; i < 1000; i += 1) bench.greeted(`${i}`)
  assert.deepEqual([bench.begun.length, bench.handshakes.waiting], [0, 1000])
  for (let i = 0; i < 1000; i += 1) assert.equal(bench.turn(), 1)
  assert.equal(bench.turn(), 0)
  assert.deepEqual(bench.begun.slice(0, 3), ['0', '1', '2'])
  assert.equal(bench.handshakes.waiting, 0)
})

test('sources take turns: who comes alone does not wait for the thousand of another', () => {
  const bench = new Bench()
  for (let i = 0; i < 30; i += 1) bench.greeted(`flood ${i}`, '192.0.2.1')
  bench.greeted('alone', '192.0.2.2')
  bench.greeted('v6 a', '2001:db8::1')
  bench.greeted('v6 b', '2001:db8::2')
  for (let i = 0; i < 5; i += 1) bench.turn()
  assert.deepEqual(bench.begun, ['flood 0', 'alone', 'v6 a', 'flood 1', 'v6 b'])
})

test('who does not greet costs no turn, and is the first to make room', () => {
  const bench = new Bench({ maxTlsHandshakes: 3 })
  bench.greeted('first')
  bench.accept('silent a')
  bench.accept('silent b')
  bench.greeted('second')
  assert.deepEqual(bench.refused, ['silent a too-many-handshakes'])
  bench.greeted('third')
  bench.greeted('fourth')
  assert.deepEqual(bench.refused.slice(1), ['silent b too-many-handshakes', 'first too-many-handshakes'])
  for (let i = 0; i < 5; i += 1) bench.turn()
  assert.deepEqual(bench.begun, ['second', 'third', 'fourth'])
})

test('few are under way at a time: the next begins when one ends', () => {
  const bench = new Bench({ maxTlsHandshakesBegun: 2 })
  const [first] = ['a', 'b', 'c', 'd'].map((name, i) => bench.greeted(name, `192.0.2.${i}`))
  for (let i = 0; i < 5; i += 1) bench.turn()
  assert.deepEqual(bench.begun, ['a', 'b'])
  assert.ok(first !== undefined)
  bench.handshakes.end(first)
  for (let i = 0; i < 5; i += 1) bench.turn()
  assert.deepEqual(bench.begun, ['a', 'b', 'c'])
})

test('who does not answer for a second gives its place to one who waits, and else keeps it', () => {
  const bench = new Bench({ maxTlsHandshakesBegun: 1 })
  bench.greeted('lazy')
  bench.turn()
  bench.greeted('waiting', '192.0.2.2')
  bench.turn()
  bench.nowMs = 999
  bench.handshakes.sweep()
  bench.turn()
  assert.deepEqual([bench.begun, bench.refused], [['lazy'], []])
  bench.nowMs = 1000
  bench.handshakes.sweep()
  bench.turn()
  assert.deepEqual([bench.begun, bench.refused], [['lazy', 'waiting'], ['lazy too-many-handshakes']])
  bench.nowMs = 9000
  bench.handshakes.sweep()
  bench.turn()
  assert.equal(bench.refused.length, 1, 'nobody waits for the place')
})

test('one source has a quarter of the places: those of another begin at once', () => {
  const bench = new Bench({ maxTlsHandshakesBegun: 8 })
  for (let i = 0; i < 10; i += 1) bench.greeted(`lazy ${i}`)
  for (let i = 0; i < 10; i += 1) bench.turn()
  assert.deepEqual(bench.begun, ['lazy 0', 'lazy 1'])
  bench.greeted('other', '192.0.2.2')
  bench.turn()
  assert.equal(bench.begun.at(-1), 'other')
  bench.nowMs = 1000
  bench.handshakes.sweep()
  bench.turn()
  assert.deepEqual([bench.begun.at(-1), bench.refused], ['lazy 2', ['lazy 0 too-many-handshakes']])
})

test('whatever ends when, each one that stays is begun once, and nothing is left', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('accept'), n: fc.nat(3) }),
    fc.record({ do: fc.constant('greet'), n: fc.nat(20) }),
    fc.record({ do: fc.constant('end'), n: fc.nat(20) }),
    fc.record({ do: fc.constant('turn'), n: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), steps => {
      const bench = new Bench({ maxTlsHandshakes: 8, maxTlsHandshakesBegun: 3 })
      const made: { handshake: Handshake; name: string; isGreeted: boolean; isEnded: boolean }[] = []
      for (const { do: what, n } of steps) {
        const one = made[n]
        if (what === 'accept') {
          const name = `${made.length}`
          made.push({ handshake: bench.accept(name, `192.0.2.${n}`), name, isGreeted: false, isEnded: false })
        } else if (what === 'turn') bench.turn()
        else if (one !== undefined && what === 'greet' && !one.isGreeted) {
          one.isGreeted = true
          bench.handshakes.greeted(one.handshake, () => bench.begun.push(one.name))
        } else if (one !== undefined && what === 'end') {
          one.isEnded = true
          bench.handshakes.end(one.handshake)
        }
      }
      const isRefused = (name: string): boolean => bench.refused.includes(`${name} too-many-handshakes`)
      for (let round = 0; round < 20; round += 1) {
        bench.nowMs += 1000
        bench.handshakes.sweep()
        bench.turn()
      }
      assert.equal(new Set(bench.begun).size, bench.begun.length)
      for (const { name, isGreeted, isEnded } of made) {
        if (isGreeted && !isEnded && !isRefused(name)) assert.ok(bench.begun.includes(name), name)
      }
      assert.equal(bench.handshakes.waiting, 0)
      for (const { handshake } of made) bench.handshakes.end(handshake)
      assert.equal(bench.handshakes.size, 0)
    }),
  )
})
