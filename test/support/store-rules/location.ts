import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { Binding } from '../../../src/store/location.ts'
import { NOW_MS, type StoreKind, withoutDisk, withStore } from '../stores.ts'

/** A binding that lives an hour, with what a test wants different. */
export function binding(changes: Partial<Binding> & Pick<Binding, 'aor'>): Binding {
  return {
    contact: 'sip:alice@192.0.2.1:5060;ob',
    instance: '<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>',
    regId: 1,
    callId: 'a84b4c76e66710',
    cseq: 1,
    q: 1000,
    expiresAtMs: NOW_MS + 3_600_000,
    path: ['<sip:edge.example.com;lr>'],
    flowToken: undefined,
    received: 'tcp:192.0.2.1:5060',
    params: ';methods="INVITE"',
    userAgent: 'phone/1',
    key: 'one',
    ...changes,
  }
}

const ALICE = 'sip:alice@example.com'
const BOB = 'sip:bob@example.com'
const HOSTILE = [
  `'; DROP TABLE location; --`,
  `%' OR '1'='1`,
  `\\'); DELETE FROM credential;--`,
  '"x"',
  'a\0b',
]

/** What every location service does, whatever stores it. */
export function locationRules(kind: StoreKind): void {
  it('a binding is there as given once its write resolved', async () => {
    const one = binding({ aor: ALICE, pubGruu: 'sip:alice@example.com;gr=x', tempGruuEpoch: 3 })
    const two = binding({ aor: ALICE, key: 'two', instance: undefined, regId: undefined, flowToken: 'f' })
    await withStore(await kind.fresh(), async ({ location }) => {
      await location.replace(ALICE, [one, two])
      assert.deepEqual(location.bindings(ALICE, NOW_MS), [one, two])
      assert.deepEqual(location.bindings(BOB, NOW_MS), [])
      assert.equal(location.count(), 2)
      assert.deepEqual([...location.aors()], [ALICE])
    })
  })

  it('a binding that is not yet durable is not given out', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      const written = location.replace(ALICE, [binding({ aor: ALICE })])
      assert.deepEqual(location.bindings(ALICE, NOW_MS), [])
      await written
      assert.equal(location.bindings(ALICE, NOW_MS).length, 1)
    })
  })

  it('an expired binding is not given out, and expire forgets it in bounded steps', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      const short = binding({ aor: ALICE, key: 'short', expiresAtMs: NOW_MS + 1000 })
      await location.replace(ALICE, [short, binding({ aor: ALICE })])
      await Promise.all(
        Array.from({ length: 1500 }, (_, n) => `sip:user${n}@example.com`).map(aor =>
          location.replace(aor, [binding({ aor, expiresAtMs: NOW_MS + 500 })]),
        ),
      )
      assert.equal(location.bindings(ALICE, NOW_MS + 999).length, 2)
      assert.deepEqual(location.bindings(ALICE, NOW_MS + 1000), [binding({ aor: ALICE })])
      assert.equal(location.expire(NOW_MS + 499), 0)
      assert.equal(location.expire(NOW_MS + 1000), 1000)
      assert.equal(location.expire(NOW_MS + 1000), 501)
      assert.equal(location.expire(NOW_MS + 1000), 0)
      assert.equal(location.count(), 1)
    })
  })

  it('a broken flow takes its bindings with it, by token and by source, and no others (OUT-08)', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      const stays = binding({ aor: ALICE, key: 'stays', received: 'tcp:192.0.2.9:1' })
      await location.replace(ALICE, [binding({ aor: ALICE, flowToken: 'token' }), stays])
      await location.replace(BOB, [binding({ aor: BOB, received: 'tls:192.0.2.2:2' })])
      const dropping = location.dropFlow('token')
      assert.deepEqual(location.bindings(ALICE, NOW_MS), [stays])
      assert.equal(await dropping, 1)
      assert.equal(await location.dropFlow('tls:192.0.2.2:2'), 1)
      assert.equal(await location.dropFlow('tls:192.0.2.2:2'), 0)
      assert.deepEqual(location.bindings(BOB, NOW_MS), [])
    })
  })

  it('a TCP contact that can be called at its own address outlives its connection', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      const contact = 'sip:alice@192.0.2.1:5070;transport=tcp'
      const plain = binding({ aor: ALICE, contact, regId: undefined })
      const behindNat = { ...plain, aor: BOB, contact: 'sip:bob@10.0.0.1:5070;transport=tcp' }
      await location.replace(ALICE, [plain])
      await location.replace(BOB, [behindNat])
      assert.equal(await location.dropFlow('tcp:192.0.2.1:5060'), 1)
      assert.deepEqual(location.bindings(ALICE, NOW_MS), [plain])
      assert.deepEqual(location.bindings(BOB, NOW_MS), [])
    })
  })

  it('a flow that breaks while a registration over it is written leaves no binding (OUT-08)', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      await location.replace(ALICE, [binding({ aor: ALICE })])
      const renewed = location.serially(ALICE, () =>
        location.replace(ALICE, [binding({ aor: ALICE, cseq: 2 })]),
      )
      await Promise.all([renewed, location.dropFlow('tcp:192.0.2.1:5060')])
      assert.deepEqual(location.bindings(ALICE, NOW_MS), [])
    })
  })

  it('two registrations of one address-of-record see each other in order', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      const add = (key: string): Promise<void> =>
        location.serially(ALICE, () => {
          const there = location.bindings(ALICE, NOW_MS)
          return location.replace(ALICE, [...there, binding({ aor: ALICE, key })])
        })
      await Promise.all(['1', '2', '3', '4'].map(add))
      const keys = location.bindings(ALICE, NOW_MS).map(each => each.key)
      assert.deepEqual(keys, ['1', '2', '3', '4'])
    })
  })

  it('work that fails does not hold up the next for its address-of-record', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      const failing = location.serially(ALICE, () => Promise.reject(new Error('no')))
      const next = location.serially(ALICE, async () => 'ran')
      await assert.rejects(failing, /no/)
      assert.equal(await next, 'ran')
    })
  })

  it('bindings that share a key or belong elsewhere are refused, and nothing changes', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      const one = binding({ aor: ALICE })
      await location.replace(ALICE, [one])
      const code = { code: 'ERR_ASPIS_STORE_BINDINGS' }
      await assert.rejects(location.replace(ALICE, [one, one]), code)
      await assert.rejects(location.replace(ALICE, [binding({ aor: BOB })]), code)
      await assert.rejects(location.replace(ALICE, [binding({ aor: ALICE, expiresAtMs: Number.NaN })]), code)
      assert.deepEqual(location.bindings(ALICE, NOW_MS), [one])
    })
  })

  it('over the bound of waiting changes a change is refused, and those before it hold', async () => {
    await withStore(await kind.fresh(), async ({ location }) => {
      const aor = (n: number): string => `sip:user${n}@example.com`
      const writes = Array.from({ length: 20_001 }, (_, n) =>
        location.replace(aor(n), [binding({ aor: aor(n) })]),
      )
      const last = writes.pop()
      await assert.rejects(last ?? Promise.resolve(), { code: 'ERR_ASPIS_STORE_BUSY' })
      await Promise.all(writes)
      assert.equal(location.count(), 20_000)
    })
  })

  it('a closed store refuses changes', async () => {
    const location = await withStore(await kind.fresh(), async store => store.location)
    await assert.rejects(location.replace(ALICE, []), { code: 'ERR_ASPIS_STORE_CLOSED' })
  })

  it('SQL in every field changes nothing but its own row (MSG-14)', async () => {
    const options = await kind.fresh()
    const expected = new Map<string, readonly Binding[]>()
    const check = async (use: Parameters<typeof withStore<void>>[1]): Promise<void> => withStore(options, use)
    await check(async ({ location }) => {
      await location.replace(BOB, [binding({ aor: BOB })])
      expected.set(BOB, [binding({ aor: BOB })])
      for (const text of HOSTILE) {
        const aor = `sip:${text}@example.com`
        const all = {
          contact: text,
          instance: text,
          callId: text,
          path: [text],
          flowToken: text,
          received: text,
        }
        const row = binding({ aor, ...all, params: text, userAgent: text, pubGruu: text, key: text })
        await location.replace(aor, [row, binding({ aor })])
        expected.set(aor, [row, binding({ aor })])
      }
      for (const [aor, there] of expected) assert.deepEqual(location.bindings(aor, NOW_MS), there)
    })
    if (!kind.isDurable) return
    await check(async ({ location }) => {
      assert.equal(location.count(), 1 + 2 * HOSTILE.length)
      for (const [aor, there] of expected) {
        assert.deepEqual(new Set(location.bindings(aor, NOW_MS)), new Set(there))
      }
    })
  })

  it('any sequence of changes gives what a plain map gives, also after opening again', async () => {
    const texts = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string({ unit: 'binary', maxLength: 6 }))
    const change = fc.record({
      aor: texts,
      keys: fc.uniqueArray(texts, { maxLength: 4 }),
      contact: texts,
      cseq: fc.nat(),
      instance: fc.option(texts, { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 30 }), async changes => {
        const model = new Map<string, readonly Binding[]>()
        const options = await kind.fresh()
        await withStore(options, async ({ location }) => {
          const writes = changes.map(({ aor, keys, contact, cseq, instance }) => {
            const next = keys.map(key => binding({ aor, key, contact, cseq, instance }))
            if (next.length === 0) model.delete(aor)
            else model.set(aor, next)
            return location.replace(aor, next)
          })
          await Promise.all(writes)
          assert.deepEqual(contentOf(location.aors(), location), sortedKeys(model))
        })
        if (!kind.isDurable) return
        await withStore(options, async ({ location }) => {
          assert.deepEqual(contentOf(location.aors(), location), sortedKeys(model))
        })
      }),
      { numRuns: kind.isDurable ? 12 : 100 },
    )
  })

  it('what was registered is there after opening again', { skip: withoutDisk(kind) }, async () => {
    const options = await kind.fresh()
    const rows = Array.from({ length: 3000 }, (_, n) => binding({ aor: `sip:user${n}@example.com`, cseq: n }))
    await withStore(options, async ({ location }) => {
      await Promise.all(rows.map(row => location.replace(row.aor, [row])))
      await Promise.all(rows.slice(0, 1000).map(row => location.replace(row.aor, [])))
    })
    await withStore(options, async ({ location }) => {
      assert.equal(location.count(), 2000)
      for (const row of rows.slice(1000)) assert.deepEqual(location.bindings(row.aor, NOW_MS), [row])
    })
  })

  it('what expired is deleted durably too', { skip: withoutDisk(kind) }, async () => {
    const options = await kind.fresh()
    await withStore(options, async ({ location }) => {
      await location.replace(ALICE, [binding({ aor: ALICE, expiresAtMs: NOW_MS })])
      await location.replace(BOB, [binding({ aor: BOB })])
      assert.equal(location.expire(NOW_MS), 1)
    })
    await withStore(options, async ({ location }) => assert.equal(location.count(), 1))
  })
}

type Content = readonly (readonly [string, readonly Binding[]])[]

function contentOf(
  aors: Iterable<string>,
  from: { bindings(aor: string, nowMs: number): readonly Binding[] },
): Content {
  return sortedKeys(new Map([...aors].map(aor => [aor, from.bindings(aor, NOW_MS)])))
}

/** The order of bindings and of addresses-of-record is free. */
function sortedKeys(model: ReadonlyMap<string, readonly Binding[]>): Content {
  const byKey = (a: Binding, b: Binding): number => (a.key < b.key ? -1 : 1)
  const entries = [...model].map(([aor, rows]) => [aor, rows.toSorted(byKey)] as const)
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
}
