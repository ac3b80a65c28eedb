import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestFrom, requestText } from '../../../test/support/sip-text.ts'
import { contextOf, say, type Trial } from '../../../test/support/stage-context.ts'
import { type IdentityDecision, phraseOf } from '../../mechanisms/identity/index.ts'
import type { IdentityPort } from '../identity.ts'
import { verifyIdentity } from './verify-identity.ts'

const NOTHING: IdentityDecision = {
  kind: 'decided',
  isValid: false,
  status: 428,
  phrase: phraseOf(428),
  failure: undefined,
  reasons: [],
  attestation: undefined,
  origid: undefined,
  caller: undefined,
  reached: undefined,
  diversions: [],
  richCallData: undefined,
  passport: undefined,
  results: [],
}

/** Demands an identity of all who come from outside, and finds none. */
function identityOf(changes: Partial<IdentityPort> = {}): IdentityPort {
  return {
    modeOf: () => 'demand',
    verify: () => NOTHING,
    fetch: async () => {},
    isSameSigner: () => true,
    signsInDialog: () => false,
    note: () => {},
    signing: undefined,
    ...changes,
  }
}

/** The verdict for a request from there. */
async function verified(from: string, trial: Trial, identity: IdentityPort): Promise<string> {
  const text = requestText(trial).replace('<sip:alice@example.test>', `<${from}>`)
  const context = contextOf({
    ...trial,
    ports: { ...trial.ports, identity },
    context: { ...trial.context, request: requestFrom(text) },
  })
  return say(await verifyIdentity.run(context))
}

test('STV-15: what only a verifier says of a number does not come along, wherever in From it stands', async () => {
  const asks = identityOf({ modeOf: () => 'ask' })
  for (const from of [
    'sip:+12155551212@other.test;verstat=TN-Validation-Passed',
    'sip:+12155551212@other.test;user=phone;VERSTAT=TN-Validation-Passed',
    'sip:+12155551212;verstat=TN-Validation-Passed@other.test;user=phone',
    'sip:+12155551212;Verstat=TN-Validation-Passed@other.test;user=phone',
    'sip:+12155551212;phone-context=x;%76erstat=TN-Validation-Passed@other.test;user=phone',
    'sip:+12155551212%3Bverstat=TN-Validation-Passed@other.test',
    'tel:+12155551212;verstat=TN-Validation-Passed',
  ]) {
    assert.equal(await verified(from, {}, asks), 'reply 403 verstat-forged', from)
  }
  for (const from of ['sip:+12155551212@other.test;user=phone', 'sip:verstat@other.test', 'tel:+12155551212'])
    assert.equal(await verified(from, {}, asks), 'next', from)
})

test('RFC 9970 §6: who signed in a dialog cannot leave it off later, but for the end of the call', async () => {
  const inDialog = { from: 'caller', by: 'token' } as never
  const trial = (method: string): Trial => ({ method, toTag: 'b1', context: { inDialog } })
  const signs = identityOf({ signsInDialog: () => true })
  const from = 'sip:carol@other.test'
  assert.equal(await verified(from, trial('INVITE'), signs), 'reply 428 no-identity')
  assert.equal(await verified(from, trial('UPDATE'), signs), 'reply 428 no-identity')
  assert.equal(await verified(from, trial('BYE'), signs), 'next')
  assert.equal(await verified(from, trial('INVITE'), identityOf()), 'next')
})
