import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Binding } from './binding.ts'
import { NOW_MS, register, valuesOf } from './register-fixture.ts'

/**
 * A registrar as a child would write it: a map from contact to what was said last. Contacts differ in port only,
 * so text equality is URI equality here; the odd spellings have tests of their own.
 */
interface Row {
  readonly callId: string
  readonly cseq: number
  readonly expiresAtMs: number
}

const MAX = 4

interface Step {
  readonly callId: string
  readonly cseq: number
  readonly waitSeconds: number
  readonly contacts: readonly { readonly port: number; readonly seconds: number }[] | '*'
}

function model(
  rows: ReadonlyMap<number, Row>,
  step: Step,
  nowMs: number,
): ReadonlyMap<number, Row> | undefined {
  const live = new Map([...rows].filter(([, row]) => row.expiresAtMs > nowMs))
  const isStale = (row: Row | undefined): boolean => row?.callId === step.callId && step.cseq <= row.cseq
  if (step.contacts === '*') return [...live.values()].some(isStale) ? undefined : new Map()
  const next = new Map(live)
  for (const { port, seconds } of step.contacts) {
    if (isStale(live.get(port))) return undefined
    next.delete(port)
    if (seconds > 0) {
      next.set(port, {
        callId: step.callId,
        cseq: step.cseq,
        expiresAtMs: nowMs + Math.min(seconds, 7200) * 1000,
      })
    }
  }
  return next.size > MAX ? undefined : next
}

function rowsOf(bindings: readonly Binding[]): ReadonlyMap<number, Row> {
  return new Map(
    bindings.map(({ contact, callId, cseq, expiresAtMs }) => [
      Number(contact.slice(contact.lastIndexOf(':') + 1)),
      { callId, cseq, expiresAtMs },
    ]),
  )
}

const steps = fc.array(
  fc.record({
    callId: fc.constantFrom('one', 'two'),
    cseq: fc.integer({ min: 1, max: 12 }),
    waitSeconds: fc.constantFrom(0, 1, 61, 4000),
    contacts: fc.oneof(
      { weight: 1, arbitrary: fc.constant('*' as const) },
      {
        weight: 6,
        arbitrary: fc.array(
          fc.record({
            port: fc.integer({ min: 6001, max: 6006 }),
            seconds: fc.constantFrom(0, 60, 3600, 100_000),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      },
    ),
  }),
  { maxLength: 25 },
)

test('random REGISTERs leave the bindings that a plain map has, within the bound and never expired', () => {
  let stored = 0
  let refused = 0
  fc.assert(
    fc.property(steps, sequence => {
      let nowMs = NOW_MS
      let bindings: readonly Binding[] = []
      for (const step of sequence) {
        nowMs += step.waitSeconds * 1000
        const lines =
          step.contacts === '*'
            ? ['Contact: *', 'Expires: 0']
            : step.contacts.map(
                ({ port, seconds }) => `Contact: <sip:bob@192.0.2.7:${port}>;expires=${seconds}`,
              )
        const expected = model(rowsOf(bindings), step, nowMs)
        const outcome = register(
          { callId: step.callId, cseq: step.cseq, lines },
          { existing: bindings, nowMs, policy: { maxContacts: MAX } },
        )
        assert.equal(outcome.stores, expected !== undefined)
        if (expected === undefined) {
          refused += 1
          continue
        }
        stored += 1
        bindings = outcome.bindings
        assert.deepEqual(new Map([...rowsOf(bindings)].sort()), new Map([...expected].sort()))
        assert.equal(new Set(bindings.map(binding => binding.key)).size, bindings.length)
        for (const value of valuesOf(outcome, 'Contact')) assert.match(value, />;expires=[1-9][0-9]*$/)
        assert.equal(valuesOf(outcome, 'Contact').length, bindings.length)
      }
    }),
    { numRuns: 200 },
  )
  assert.ok(stored > 100 && refused > 100)
})

test('no contact, however odd, throws or gets past the bound', () => {
  const odd = fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '"',
      ';',
      '=',
      '*',
      'sip:',
      '@',
      '%',
      '\\',
      ',',
      '?',
      '[',
      ']',
      'q',
      'a',
      '1',
      '.',
      ' ',
    ),
  })
  fc.assert(
    fc.property(odd, value => {
      const outcome = register({ lines: [`Contact: ${value}`] }, { policy: { foreignContacts: 'allow' } })
      assert.ok([200, 400, 403, 423].includes(outcome.status), `${outcome.status}`)
      assert.ok(outcome.bindings.length <= 10)
    }),
  )
})
