import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseUri, type Uri } from '../uri/uri.ts'
import type { Binding } from './binding.ts'
import { bindingOf, NOW_MS } from './register-fixture.ts'
import { sipsWarning, type Target, targetsFor } from './target-set.ts'

function uriOf(text: string): Uri {
  const parsed = parseUri(text)
  assert.ok(parsed.ok)
  return parsed.value
}

const bob = uriOf('sip:bob@example.com')
const secureBob = uriOf('sips:bob@example.com')
const at = (port: number, given: Partial<Binding> = {}) =>
  bindingOf({ contact: `sip:bob@192.0.2.7:${port}`, ...given })

function groups(
  bindings: readonly Binding[],
  requestUri = bob,
): readonly (readonly [number, readonly string[]])[] {
  const found = targetsFor(bindings, requestUri, NOW_MS, 32)
  assert.ok(found.ok)
  return found.value.map(({ q, targets }) => [q, targets.map(target => target.requestUri)] as const)
}

function only(binding: Binding, requestUri = bob): Target {
  const found = targetsFor([binding], requestUri, NOW_MS, 32)
  assert.ok(found.ok)
  const target = found.value[0]?.targets[0]
  assert.ok(target !== undefined)
  return target
}

test('contacts of one q are tried together, and lower ones after higher ones', () => {
  assert.deepEqual(groups([at(1, { q: 500 }), at(2), at(3, { q: 500 }), at(4, { q: 0 })]), [
    [1000, ['sip:bob@192.0.2.7:2']],
    [500, ['sip:bob@192.0.2.7:1', 'sip:bob@192.0.2.7:3']],
    [0, ['sip:bob@192.0.2.7:4']],
  ])
})

test('an expired binding is no target', () => {
  assert.deepEqual(targetsFor([at(1, { expiresAtMs: NOW_MS })], bob, NOW_MS, 32), {
    ok: false,
    error: 'not-registered',
  })
})

test('OUT-07: of one instance there is one target, newest first, the others its alternatives', () => {
  const instance = 'urn:uuid:1'
  const flow = (regId: number, seconds: number) =>
    at(regId, { instance, regId, expiresAtMs: NOW_MS + seconds * 1000, received: `tls:192.0.2.7:${regId}` })
  const found = targetsFor(
    [flow(1, 100), flow(2, 300), flow(3, 200), at(9, { instance: 'urn:uuid:2' })],
    bob,
    NOW_MS,
    32,
  )
  assert.ok(found.ok)
  const targets = found.value.flatMap(group => group.targets)
  assert.equal(targets.length, 2)
  const mine = targets.find(target => target.binding.instance === instance)
  assert.equal(mine?.binding.regId, 2)
  assert.deepEqual(
    mine?.alternatives.map(target => target.binding.regId),
    [3, 1],
  )
  assert.ok(mine?.isFlowOnly && mine.alternatives.every(target => target.isFlowOnly))
})

test('OUT-07: contacts without instance are each a target of their own', () => {
  assert.deepEqual(groups([at(1), at(2)])[0]?.[1].length, 2)
})

test('a binding with Path goes by its Path and by no flow', () => {
  const path = ['<sip:inner.example.net;lr>', '<sip:tok@edge.example.net;lr;ob>']
  const target = only(at(1, { path, received: '' }))
  assert.deepEqual([target.route, target.received, target.isFlowOnly], [path, '', false])
})

test('a contact that is not where its flow comes from is never dialled', () => {
  assert.equal(only(at(5060)).isFlowOnly, false)
  assert.equal(only(bindingOf({ contact: 'sip:bob@10.0.0.1' })).isFlowOnly, true)
  assert.equal(
    only(bindingOf({ contact: 'sip:x@a7.invalid;transport=ws', received: 'ws:192.0.2.7:999' })).isFlowOnly,
    true,
  )
  assert.equal(only(bindingOf({ contact: 'sip:bob@192.0.2.7;maddr=192.0.2.7' })).isFlowOnly, true)
  assert.equal(only(bindingOf({ contact: 'sip:bob@10.0.0.1', received: '' })).isFlowOnly, false)
})

test('headers and method of a contact never get into a request', () => {
  const requestUri = (contact: string) => only(bindingOf({ contact })).requestUri
  assert.equal(requestUri('sip:bob@192.0.2.7?Route=%3Csip:x.example.net%3E&P=1'), 'sip:bob@192.0.2.7')
  assert.equal(requestUri('sip:bob@192.0.2.7;METHOD=BYE;x;methodic=1?a=b'), 'sip:bob@192.0.2.7;x;methodic=1')
  assert.equal(requestUri('sip:192.0.2.7;x=1;method=BYE'), 'sip:192.0.2.7;x=1')
  assert.equal(requestUri('sip:b;method=1@192.0.2.7;ob'), 'sip:b;method=1@192.0.2.7;ob')
})

test('SPS-02: a sips request goes to sips contacts over TLS, and without one it is refused by its own name', () => {
  const sips = bindingOf({ contact: 'sips:bob@192.0.2.7' })
  assert.deepEqual(groups([at(1), sips], secureBob), [[1000, ['sips:bob@192.0.2.7']]])
  assert.equal(only(sips, secureBob).needsTls, true)
  assert.deepEqual(targetsFor([at(1)], secureBob, NOW_MS, 32), { ok: false, error: 'sips-not-allowed' })
  assert.deepEqual(targetsFor([], secureBob, NOW_MS, 32), { ok: false, error: 'not-registered' })
  assert.equal(sipsWarning(380, 'example.com'), '380 example.com "SIPS Not Allowed"')
  assert.equal(sipsWarning(381, 'example.com'), '381 example.com "SIPS Required"')
})

test('SPS-03: a sip request goes to a sips contact as sip, over TLS', () => {
  const target = only(bindingOf({ contact: 'SIPS:bob@192.0.2.7:5061' }))
  assert.deepEqual([target.requestUri, target.needsTls], ['sip:bob@192.0.2.7:5061', true])
  assert.equal(only(at(1)).needsTls, false)
})

test('the target set is as large as the caller allows, all rounds together, best first', () => {
  const many = Array.from({ length: 90 }, (_, i) => at(i + 1))
  assert.equal(groups(many)[0]?.[1].length, 32)
  const found = targetsFor([at(1, { q: 500 }), at(2), at(3, { q: 700 })], bob, NOW_MS, 2)
  assert.ok(found.ok)
  assert.deepEqual(
    found.value.map(({ q, targets }) => [q, targets.length]),
    [
      [1000, 1],
      [700, 1],
    ],
  )
})
