import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aorOf, uriEquals } from '../uri/equals.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { bindingsOfGruu, isGruu, makePublicGruu, makeTemporaryGruu, resolveGruu } from './gruu.ts'
import { bindingOf, countingRandom, GRUU_KEYS, register, TLS_SOURCE, valuesOf } from './register-fixture.ts'

const aor = 'sip:bob@example.com'
const instance = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'
const other = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf7'

function uriOf(text: string): Uri {
  const parsed = parseUri(text)
  assert.ok(parsed.ok, text)
  return parsed.value
}

function temporary(epoch: number, of = instance): string {
  const gruu = makeTemporaryGruu({ aor, instance: of, epoch }, GRUU_KEYS, countingRandom, 'sip')
  assert.ok(gruu !== undefined)
  return gruu
}

const lines = [`Contact: <sip:bob@192.0.2.7>;+sip.instance="<${instance}>"`, 'Supported: gruu']

/** The GRUU of one name that an answer gave. */
function given(values: readonly string[], name: string): string {
  const found = values.join().split(`;${name}="`)[1]?.split('"')[0]
  assert.ok(found !== undefined, `${name} in ${values}`)
  return found
}

test('REG-11: a public GRUU is the AOR with the instance, and names both again', () => {
  const gruu = makePublicGruu(aor, instance, 'sip')
  assert.equal(gruu, `sip:bob@example.com;gr=${instance}`)
  const uri = uriOf(gruu)
  assert.ok(isGruu(uri) && uriEquals(uri, uriOf(aor)))
  assert.deepEqual(resolveGruu(uri, GRUU_KEYS), { kind: 'public', aor, instance })
})

test('REG-11: public and temporary GRUUs come back for any user part and instance', () => {
  const users = fc.string({
    minLength: 1,
    maxLength: 30,
    unit: fc.constantFrom('a', 'B', '%00', '%3C', '%22', '%40', ';', "'"),
  })
  const visible = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).filter(
    c => !'"<>\\'.includes(c),
  )
  const instances = fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom(...visible) })
  fc.assert(
    fc.property(users, instances, fc.nat(2 ** 40), (user, urn, epoch) => {
      const canonical = aorOf(uriOf(`sip:${user}@example.com`))
      const shown = resolveGruu(uriOf(makePublicGruu(canonical, urn, 'sips')), GRUU_KEYS)
      assert.deepEqual(shown, { kind: 'public', aor: canonical, instance: urn })
      const sealed = makeTemporaryGruu(
        { aor: canonical, instance: urn, epoch },
        GRUU_KEYS,
        countingRandom,
        'sip',
      )
      assert.deepEqual(resolveGruu(uriOf(sealed ?? ''), GRUU_KEYS), {
        kind: 'temporary',
        aor: canonical,
        instance: urn,
        epoch,
      })
    }),
  )
})

test('REG-11: no two temporary GRUUs are equal or share more than their form', () => {
  const gruus = [temporary(1), temporary(1), temporary(2), temporary(1, other)]
  const tokens = gruus.map(gruu => gruu.slice('sip:tgruu.'.length, gruu.indexOf('@')))
  assert.equal(new Set(tokens).size, 4)
  assert.equal(new Set(tokens.map(token => token.length)).size, 1)
  // The nonce of the fixture counts; all after it must differ, or the same user shows.
  assert.equal(new Set(tokens.map(token => token.slice(16, 40))).size, 4)
  assert.ok(!gruus.join().includes('bob'))
})

test('REG-11: the length of a temporary GRUU does not tell short names apart', () => {
  const lengths = ['sip:a@example.com', aor, 'sip:a.name.of.forty.characters.and.some@example.com'].map(
    of => makeTemporaryGruu({ aor: of, instance, epoch: 1 }, GRUU_KEYS, countingRandom, 'sip')?.length,
  )
  assert.equal(new Set(lengths).size, 1)
})

test('REG-11: a temporary GRUU that we did not make, or not for this domain, is none', () => {
  const gruu = temporary(1)
  assert.equal(resolveGruu(uriOf(gruu.replace('example.com', 'example.org')), GRUU_KEYS), undefined)
  const keys = { current: Buffer.alloc(32, 6), previous: undefined }
  assert.equal(resolveGruu(uriOf(gruu), keys), undefined)
  assert.equal(resolveGruu(uriOf(gruu), { ...keys, previous: GRUU_KEYS.current })?.kind, 'temporary')
  for (let i = 'sip:tgruu.'.length; i < gruu.indexOf('@'); i++) {
    const forged = gruu.slice(0, i) + (gruu[i] === 'A' ? 'B' : 'A') + gruu.slice(i + 1)
    assert.equal(resolveGruu(uriOf(forged), GRUU_KEYS), undefined)
  }
  for (const text of [
    'sip:bob@example.com;gr',
    'sip:tgruu.@example.com;gr',
    'sip:tgruu.AAAA@example.com;gr',
  ]) {
    assert.equal(resolveGruu(uriOf(text), GRUU_KEYS), undefined, text)
  }
})

test('REG-11: an AOR too long to be sealed has no temporary GRUU, and still a public one', () => {
  const long = `sip:${'b'.repeat(600)}@example.com`
  assert.equal(
    makeTemporaryGruu({ aor: long, instance, epoch: 1 }, GRUU_KEYS, countingRandom, 'sip'),
    undefined,
  )
  assert.equal(resolveGruu(uriOf(makePublicGruu(long, instance, 'sip')), GRUU_KEYS)?.aor, long)
})

test('REG-11: a GRUU leads to its instance only; unregistered it is 480, ended 404', () => {
  const bindings = [
    bindingOf({ contact: 'sip:bob@192.0.2.7:1', instance, tempGruuEpoch: 5 }),
    bindingOf({ contact: 'sip:bob@192.0.2.7:2', instance: other, tempGruuEpoch: 6 }),
    bindingOf({ contact: 'sip:bob@192.0.2.7:3' }),
  ]
  const shown = { kind: 'public' as const, aor, instance }
  assert.deepEqual(bindingsOfGruu(bindings, shown), { ok: true, value: [bindings[0]] })
  assert.deepEqual(bindingsOfGruu(bindings.slice(1), shown), { ok: false, error: 480 })
  const sealed = { kind: 'temporary' as const, aor, instance, epoch: 5 }
  assert.deepEqual(bindingsOfGruu(bindings, sealed), { ok: true, value: [bindings[0]] })
  assert.deepEqual(bindingsOfGruu(bindings, { ...sealed, epoch: 6 }), { ok: false, error: 404 })
})

test('REG-11: an instance gets its GRUUs when it says that it knows them', () => {
  const outcome = register({ lines })
  const values = valuesOf(outcome, 'Contact')
  assert.equal(given(values, 'pub-gruu'), `sip:bob@example.com;gr=${instance}`)
  const sealed = resolveGruu(uriOf(given(values, 'temp-gruu')), GRUU_KEYS)
  assert.ok(sealed !== undefined && bindingsOfGruu(outcome.bindings, sealed).ok)
  const unaware = register({ lines: lines.slice(0, 1) })
  assert.doesNotMatch(valuesOf(unaware, 'Contact').join(), /gruu/)
  const without = register({ lines: ['Contact: <sip:bob@192.0.2.7>', 'Supported: gruu'] })
  assert.doesNotMatch(valuesOf(without, 'Contact').join(), /gruu/)
})

test('REG-11: GRUUs that a client supplies are ignored', () => {
  const claimed = `${lines[0]};pub-gruu="sip:carol@example.com;gr=1";temp-gruu="sip:tgruu.x@example.com;gr"`
  const outcome = register({ lines: [claimed, 'Supported: gruu'] })
  assert.equal(outcome.bindings[0]?.params, '')
  assert.doesNotMatch(valuesOf(outcome, 'Contact').join(), /carol|tgruu\.x@/)
})

test('REG-11: a sips contact gets sips GRUUs', () => {
  const outcome = register(
    { requestUri: 'sips:example.com', lines: [lines[0]?.replace('sip:', 'sips:') ?? '', 'Supported: gruu'] },
    { source: TLS_SOURCE },
  )
  const values = valuesOf(outcome, 'Contact')
  assert.match(given(values, 'pub-gruu'), /^sips:bob@/)
  assert.match(given(values, 'temp-gruu'), /^sips:tgruu\./)
})

test('REG-11: a refresh keeps the temporary GRUUs, a new Call-ID ends them', () => {
  const first = register({ callId: 'one', cseq: 1, lines })
  const early = resolveGruu(uriOf(given(valuesOf(first, 'Contact'), 'temp-gruu')), GRUU_KEYS)
  assert.ok(early !== undefined)
  const refreshed = register({ callId: 'one', cseq: 2, lines }, { existing: first.bindings })
  assert.ok(bindingsOfGruu(refreshed.bindings, early).ok)
  const rebooted = register({ callId: 'two', cseq: 1, lines }, { existing: refreshed.bindings })
  assert.deepEqual(bindingsOfGruu(rebooted.bindings, early), { ok: false, error: 404 })
})

test('REG-11: a new Call-ID on one flow ends the temporary GRUUs of the whole instance, a second flow does not', () => {
  const flow = (regId: number): string[] => [`${lines[0]};reg-id=${regId}`, 'Supported: gruu, outbound']
  const one = register({ callId: 'one', lines: flow(1) }).bindings
  const two = register({ callId: 'other', lines: flow(2) }, { existing: one }).bindings
  const epochs = new Set(two.map(binding => binding.tempGruuEpoch))
  assert.deepEqual([...epochs], [one[0]?.tempGruuEpoch])
  const rebooted = register({ callId: 'three', lines: flow(1) }, { existing: two }).bindings
  assert.equal(rebooted.length, 2)
  assert.equal(new Set(rebooted.map(binding => binding.tempGruuEpoch)).size, 1)
  assert.notEqual(rebooted[0]?.tempGruuEpoch, one[0]?.tempGruuEpoch)
})
