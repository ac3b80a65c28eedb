import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { binding } from '../../../test/support/store-rules/location.ts'
import type { Binding } from '../location.ts'
import { areRecords, endOfRecord, Frame } from './frame.ts'
import { HEAD } from './layout.ts'
import { aorIn, bindingsIn, flowsIn, isSameAor, isWide } from './read.ts'
import { hashOfOctets, hashOfText } from './text-hash.ts'

const text = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 20 }))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })

const bindings = (aor: string): fc.Arbitrary<readonly Binding[]> => {
  const one = fc
    .record({
      contact: text,
      instance: maybe(text),
      regId: maybe(uint32),
      callId: text,
      cseq: uint32,
      q: fc.integer({ min: 0, max: 1000 }),
      expiresAtMs: fc.maxSafeInteger(),
      path: fc.array(text, { maxLength: 3 }),
      flowToken: maybe(text),
      received: text,
      params: text,
      userAgent: text,
      pubGruu: maybe(text),
      tempGruuEpoch: maybe(fc.integer({ min: 0, max: 2 ** 48 - 1 })),
      key: fc.oneof(text, fc.constantFrom('contact', 'flow')),
    })
    .map(({ pubGruu, tempGruuEpoch, key, ...rest }): Binding => {
      const keys = new Map([
        ['contact', rest.contact],
        ['flow', `${rest.instance};reg-id=${rest.regId}`],
      ])
      return {
        aor,
        ...rest,
        ...(pubGruu === undefined ? {} : { pubGruu }),
        ...(tempGruuEpoch === undefined ? {} : { tempGruuEpoch }),
        key: keys.get(key) ?? key,
      }
    })
  return fc.uniqueArray(one, { maxLength: 4, selector: each => each.key })
}

const change = text.chain(aor => fc.record({ aor: fc.constant(aor), next: bindings(aor), version: uint32 }))

describe('a record', () => {
  it('gives back what was written, whatever stands before it', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), changes => {
        const frame = new Frame(12, 16)
        const starts = changes.map(({ aor, next, version }) => frame.add(aor, next, version))
        const { octets } = frame
        for (const [i, { aor, next, version }] of changes.entries()) {
          const at = starts[i] ?? -1
          assert.equal(aorIn(octets, at), aor)
          assert.deepEqual(bindingsIn(octets, at), next)
          assert.equal(octets.view.getUint32(at + HEAD.version, true), version)
          const earliest = Math.min(...next.map(each => each.expiresAtMs))
          assert.equal(octets.view.getFloat64(at + HEAD.earliestMs, true), earliest)
          assert.equal(endOfRecord(octets, at), starts[i + 1] ?? frame.end)
        }
        assert.ok(areRecords(octets, frame.start, frame.end))
      }),
    )
  })

  it('tells its flows by the hash that their texts have', () => {
    fc.assert(
      fc.property(change, uint32, ({ aor, next }, seed) => {
        const frame = new Frame()
        const at = frame.add(aor, next, 1)
        const { octets } = frame
        const found: number[] = []
        flowsIn(octets, at, (start, chars) =>
          found.push(hashOfOctets(octets.bytes, start, chars, isWide(octets.bytes, at), seed)),
        )
        const flows = next.flatMap(each => [each.received === '' ? [] : each.received, each.flowToken ?? []])
        assert.deepEqual(
          found,
          flows.flat().map(flow => hashOfText(flow, seed)),
        )
      }),
    )
  })

  it('is of one address-of-record with another, also when one of them needs two octets a character', () => {
    const frame = new Frame()
    const aor = 'sip:alice@example.com'
    const narrow = frame.add(aor, [binding({ aor })], 1)
    const wide = frame.add(aor, [binding({ aor, userAgent: '\u{1f4de}' })], 1)
    const other = frame.add('sip:alicf@example.com', [], 1)
    const { octets } = frame
    assert.equal(isWide(octets.bytes, wide) && !isWide(octets.bytes, narrow), true)
    assert.equal(isSameAor(octets, narrow, octets, wide), true)
    assert.equal(isSameAor(octets, wide, octets, wide), true)
    assert.equal(isSameAor(octets, narrow, octets, other), false)
  })

  it('that breaks the rules of bindings leaves the frame as it was', () => {
    const frame = new Frame()
    const aor = 'sip:alice@example.com'
    const one = binding({ aor })
    for (const next of [
      [one, one],
      [binding({ aor: 'sip:bob@example.com' })],
      [{ ...one, expiresAtMs: 0.5 }],
      [{ ...one, cseq: 2 ** 32 }],
      [{ ...one, q: -1 }],
      [{ ...one, regId: 1.5 }],
    ]) {
      assert.throws(() => frame.add(aor, next, 1), { code: 'ERR_ASPIS_STORE_BINDINGS' })
      assert.equal(frame.count + frame.size, 0)
    }
  })
})
