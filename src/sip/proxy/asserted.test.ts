import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '../../../test/support/sip-text.ts'
import { H } from '../message/header-id.ts'
import { assertedFor, assertedOnce } from './asserted.ts'
import { claimsBetween } from './trust.ts'

const kept = (...values: readonly string[]) =>
  assertedOnce(request({ lines: values.map(value => `P-Asserted-Identity: ${value}`) }))

test('PAI-05: one sip or sips and one tel value go on, the first of each; what else stands there does not', () => {
  assert.equal(kept(), undefined)
  assert.equal(kept('<sip:a@example.test>'), undefined)
  assert.equal(kept('"A" <sip:a@example.test>, <tel:+15550100>'), undefined)
  assert.deepEqual(kept('<sip:a@example.test>', '<sips:b@example.test>', '<tel:+15550100>'), [
    '<sip:a@example.test>',
    '<tel:+15550100>',
  ])
  assert.deepEqual(kept('<tel:+1>, <tel:+2>, <sip:a@example.test>'), ['<tel:+1>', '<sip:a@example.test>'])
  assert.deepEqual(kept('<http://example.test>'), [])
  assert.deepEqual(kept('"open <sip:a@example.test>', '<sip:b@example.test>'), ['<sip:b@example.test>'])
})

test('PAI-05: between trusted neighbours the surplus is taken off, and the rest stays', () => {
  const lines = ['P-Asserted-Identity: <sip:a@example.test>', 'P-Asserted-Identity: <sip:b@example.test>']
  const edits = claimsBetween(request({ lines }), 'trusted', true)
  assert.deepEqual(edits.pAssertedIdentity, ['<sip:a@example.test>'])
  assert.ok(edits.remove.includes(H.pAssertedIdentity))
  assert.equal(
    claimsBetween(request({ lines: lines.slice(1) }), 'trusted', true).pAssertedIdentity,
    undefined,
  )
})

test('PAI-03: with privacy of id nothing of it leaves the trust domain, surplus or not', () => {
  const lines = ['P-Asserted-Identity: <sip:a@example.test>, <sip:b@example.test>', 'Privacy: id']
  const edits = claimsBetween(request({ lines }), 'trusted', false)
  assert.ok(edits.remove.includes(H.pAssertedIdentity))
  assert.equal(edits.pAssertedIdentity, undefined)
})

test('PAI-04: what a user prefers is asserted when it is his, and else what he calls himself', () => {
  const aors = ['sip:alice@example.test', 'sip:+15550100@example.test']
  const prefer = (value: string) => assertedFor(request({ lines: [`P-Preferred-Identity: ${value}`] }), aors)
  assert.equal(prefer('<sip:+15550100@example.test>'), '<sip:+15550100@example.test>')
  assert.equal(prefer('"Boss" <sip:boss@example.test>'), '<sip:alice@example.test>')
  assert.equal(
    prefer('<sip:boss@example.test>, <sip:+15550100@example.test>'),
    '<sip:+15550100@example.test>',
  )
  assert.equal(prefer('nonsense<'), '<sip:alice@example.test>')
})
