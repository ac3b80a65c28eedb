import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { request } from '../../../test/support/sip-text.ts'
import { Secret } from '../../base/secret.ts'
import {
  type DialogFacts,
  dialogLeadsTo,
  isDialogToken,
  makeDialogToken,
  readDialogParties,
  readDialogToken,
} from './dialog-proof.ts'
import { makeKeyring } from './keyed-digest.ts'

const oldSecret = new Secret('an old key of at least thirty-two characters')
const newSecret = new Secret('a new key of at least thirty-two characters!')
const keys = makeKeyring([oldSecret])

const facts: DialogFacts = {
  callId: 'call-1@192.0.2.1',
  initialFromTag: 'a1',
  callerAor: 'sip:alice@example.test',
  calleeAor: 'sip:bob@example.test',
  callerSource: 'udp:192.0.2.1:5060',
  calleeSource: 'stream:192.0.2.2',
}
const fromCaller = {
  callId: facts.callId,
  fromTag: 'a1',
  toTag: 'b1',
  fromAor: facts.callerAor,
  toAor: facts.calleeAor,
  sources: [facts.callerSource],
}
const fromCallee = {
  callId: facts.callId,
  fromTag: 'b1',
  toTag: 'a1',
  fromAor: facts.calleeAor,
  toAor: facts.callerAor,
  sources: [facts.calleeSource],
}

test('UAS-09: the token proves a request of the caller and one of the callee, and tells them apart', () => {
  const token = makeDialogToken(keys, 'n1', facts)
  assert.deepEqual(readDialogToken(keys, token, fromCaller), { from: 'caller', towards: undefined })
  assert.deepEqual(readDialogToken(keys, token, fromCallee), { from: 'callee', towards: undefined })
})

test('UAS-09: a Call-ID is the same as a text and in its message', () => {
  const message = { addCallId: () => request({ callId: 'call-1@192.0.2.1' }).addCallId() }
  const token = makeDialogToken(keys, 'n1', { ...facts, callId: message })
  assert.equal(token, makeDialogToken(keys, 'n1', facts))
  assert.ok(readDialogToken(keys, token, { ...fromCaller, callId: message }))
  const other = request({ callId: 'call-2@192.0.2.1' })
  assert.equal(readDialogToken(keys, token, { ...fromCaller, callId: other }), undefined)
})

test('UAS-09: the token proves nothing with another Call-ID, tag, party, source or direction', () => {
  const token = makeDialogToken(keys, 'n1', facts)
  for (const wrong of [
    { ...fromCaller, callId: 'call-2@192.0.2.1' },
    { ...fromCaller, fromTag: 'invented' },
    { ...fromCaller, fromTag: undefined },
    { ...fromCaller, fromTag: '' },
    { ...fromCaller, sources: ['udp:192.0.2.1:5061'] },
    { ...fromCaller, sources: ['outside'] },
    { ...fromCaller, fromTag: 'b1', toTag: 'a1' },
    { ...fromCaller, fromAor: 'sip:carol@example.test' },
    { ...fromCaller, toAor: 'sip:carol@example.test' },
    { ...fromCallee, fromAor: 'sip:carol@example.test' },
    { ...fromCallee, toAor: 'sip:carol@example.test' },
    { ...fromCallee, toTag: 'invented' },
    { ...fromCallee, toTag: undefined },
    { ...fromCallee, sources: [facts.callerSource] },
  ]) {
    assert.equal(readDialogToken(keys, token, wrong), undefined, JSON.stringify(wrong))
  }
})

test('the flow of the other party comes back with the proof, and cannot be exchanged', () => {
  const token = makeDialogToken(keys, 'n1', { ...facts, callerFlow: 'flowA', calleeFlow: 'flow-B_2' })
  assert.deepEqual(readDialogToken(keys, token, fromCaller), { from: 'caller', towards: 'flow-B_2' })
  assert.deepEqual(readDialogToken(keys, token, fromCallee), { from: 'callee', towards: 'flowA' })
  const one = makeDialogToken(keys, 'n1', { ...facts, calleeFlow: 'flowB' })
  assert.deepEqual(readDialogToken(keys, one, fromCallee), { from: 'callee', towards: undefined })
  assert.equal(readDialogToken(keys, token.replace('flowA', 'flowC'), fromCaller), undefined)
  assert.equal(readDialogToken(keys, token.split('.')[0] ?? '', fromCaller), undefined)
})

test('PRX-05: a proven request is known to go to the other party of its dialog, or not to', () => {
  const token = makeDialogToken(keys, 'n1', facts)
  const proof = readDialogToken(keys, token, fromCaller)
  assert.ok(proof)
  assert.ok(dialogLeadsTo(keys, token, proof, { ...fromCaller, sources: [facts.calleeSource] }))
  assert.ok(!dialogLeadsTo(keys, token, proof, { ...fromCaller, sources: ['trunk:carrier'] }))
  const back = readDialogToken(keys, token, fromCallee)
  assert.ok(back)
  assert.ok(dialogLeadsTo(keys, token, back, { ...fromCallee, sources: [facts.callerSource] }))
  assert.ok(!dialogLeadsTo(keys, token, back, fromCallee))
})

test('UAS-09: the token knows its two parties in both directions, wherever they are, and nobody else', () => {
  const token = makeDialogToken(keys, 'n1', { ...facts, callerFlow: 'flowA', calleeFlow: 'flowB' })
  const { sources: _here, ...there } = fromCaller
  const { sources: _there, ...back } = fromCallee
  assert.deepEqual(readDialogParties(keys, token, there), { from: 'caller', towards: 'flowB' })
  assert.deepEqual(readDialogParties(keys, token, back), { from: 'callee', towards: 'flowA' })
  for (const wrong of [
    { ...there, toAor: 'sip:carol@example.test' },
    { ...there, fromAor: 'sip:carol@example.test' },
    { ...there, callId: 'call-2@192.0.2.1' },
    { ...there, fromTag: 'invented' },
    { ...there, fromTag: undefined },
    { ...there, fromAor: facts.calleeAor, toAor: facts.callerAor },
    { ...back, toTag: 'invented' },
    { ...back, fromAor: facts.callerAor, toAor: facts.calleeAor },
  ]) {
    assert.equal(readDialogParties(keys, token, wrong), undefined, JSON.stringify(wrong))
  }
  assert.equal(readDialogParties(keys, token.replace('flowB', 'flowC'), there), undefined)
  assert.equal(readDialogParties(keys, 'alice', there), undefined)
  assert.equal(readDialogParties(makeKeyring([newSecret]), token, there), undefined)
})

test('a token of the previous key is still read after the key changed, and none of a foreign key ever', () => {
  const token = makeDialogToken(keys, 'n1', facts)
  assert.ok(readDialogToken(makeKeyring([newSecret, oldSecret]), token, fromCaller))
  assert.equal(readDialogToken(makeKeyring([newSecret]), token, fromCaller), undefined)
})

test('a token is a user part of a SIP URI, short enough for a datagram', () => {
  const token = makeDialogToken(keys, 'n1', facts)
  assert.match(token, /^[A-Za-z0-9_-]{42}$/)
  assert.ok(isDialogToken(token))
  for (const user of [
    'alice',
    '',
    token.slice(1),
    `${token}x`,
    `${token}.a`,
    `${token}.a.b.c`,
    `${token}.a.é`,
  ]) {
    assert.ok(!isDialogToken(user), user)
  }
})

test('a flow name that no user part may hold is our own mistake', () => {
  assert.throws(() => makeDialogToken(keys, 'n1', { ...facts, calleeFlow: 'a b' }), {
    code: 'ERR_ASPIS_DIALOG_TOKEN',
  })
  assert.throws(() => makeDialogToken(keys, 'n', facts), { code: 'ERR_ASPIS_DIALOG_TOKEN' })
  assert.throws(() => makeKeyring([new Secret('short')]), { code: 'ERR_ASPIS_KEY_TOO_SHORT' })
  assert.throws(() => makeKeyring([]), { code: 'ERR_ASPIS_NO_KEY' })
})

/** Where the digests of a token stand, twelve characters each. */
const CALLER_AT = 6
const CALLEE_AT = 18
const PARTIES_AT = 30

test('no input throws, and one changed character is never proven', () => {
  const token = makeDialogToken(keys, 'n1', facts)
  fc.assert(
    fc.property(fc.string(), fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.'), (text, at, char) => {
      assert.equal(readDialogToken(keys, text, fromCaller), undefined)
      if (token[at] === char) return
      const changed = token.slice(0, at) + char + token.slice(at + 1)
      const isOfCallee = at >= CALLEE_AT && at < PARTIES_AT
      const isOfParties = at >= PARTIES_AT
      if (!isOfCallee && !isOfParties) assert.equal(readDialogToken(keys, changed, fromCaller), undefined)
      if (isOfCallee || at < CALLER_AT) assert.equal(readDialogToken(keys, changed, fromCallee), undefined)
      if (isOfParties || at < CALLER_AT) assert.equal(readDialogParties(keys, changed, fromCaller), undefined)
    }),
  )
})

test('UAS-09: the token proves the sender by any one of the source classes of his flow', () => {
  const token = makeDialogToken(keys, 'n1', facts)
  const sources = ['trunk:carrier', ...fromCaller.sources]
  assert.ok(readDialogToken(keys, token, { ...fromCaller, sources }))
  assert.equal(readDialogToken(keys, token, { ...fromCaller, sources: [] }), undefined)
  assert.equal(readDialogToken(keys, token, { ...fromCaller, sources: [''] }), undefined)
})
