import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NameAddr } from '../src/sip/headers/name-addr.ts'
import type { Params } from '../src/sip/headers/params.ts'
import { checkMessage } from '../src/sip/message/check.ts'
import type { SipMessage } from '../src/sip/message/message.ts'
import { parseMessage } from '../src/sip/message/parse.ts'
import type { Uri } from '../src/sip/uri/uri.ts'
import { randomMessage } from './reference/random-message.ts'
import {
  type Pairs,
  type Reading,
  type ReferenceAddress,
  type ReferenceUri,
  readReference,
} from './reference/reference-parser.ts'
import { SimRandom } from './sim/sim-random.ts'

/** Messages of a run; a million by `ASPIS_DIFFERENTIAL=1000000`. */
const COUNT = Number(process.env.ASPIS_DIFFERENTIAL ?? 20_000)

function assertSame(text: string, isDatagram: boolean): 'accepted' | 'refused' {
  const reading = readReference(text, isDatagram)
  const parsed = parseMessage(text, isDatagram)
  const refusal = parsed.ok ? checkMessage(parsed.value)?.refusal : parsed.error.refusal
  const story = `${JSON.stringify(text)}\nparser: ${refusal ?? 'accept'}\nreference: ${[...reading.faults].join(', ')}`
  if (refusal !== undefined) {
    assert.ok(reading.faults.has(refusal), story)
    return 'refused'
  }
  assert.equal(reading.faults.size, 0, story)
  assert.ok(parsed.ok)
  assertSameMeaning(parsed.value, reading, story)
  return 'accepted'
}

function assertSameMeaning(message: SipMessage, reading: Reading, story: string): void {
  const fields = Array.from({ length: message.count }, (_, row) => [
    message.nameAt(row),
    message.valueAt(row),
  ])
  assert.deepEqual(fields, reading.fields, story)
  assert.equal(message.body, reading.body, story)
  if (message.kind === 'request') {
    assert.deepEqual([message.method, message.requestUri], [reading.method, reading.requestUri], story)
    assertSameUri(message.uri, reading.uri, story)
  } else assert.deepEqual([message.status, message.reason], [reading.status, reading.reason], story)
  assertSameAddress(message.from, reading.from, story)
  assertSameAddress(message.to, reading.to, story)
  assert.deepEqual(message.cseq, reading.cseq, story)
  const { transport, host, port, params } = message.topVia
  assert.deepEqual(
    { transport, host, port: port ?? 0, params: pairsOf(params) },
    { ...reading.via, port: Number(reading.via?.port ?? 0), params: pairsFrom(reading.via?.params) },
    story,
  )
  assert.equal(message.vias.length, reading.viaCount, story)
}

function assertSameAddress(address: NameAddr, reading: ReferenceAddress | undefined, story: string): void {
  assert.equal(address.displayName, reading?.display, story)
  assert.deepEqual(pairsOf(address.params), pairsFrom(reading?.params), story)
  assertSameUri(address.uri, reading?.uri, story)
}

function assertSameUri(uri: Uri, reading: ReferenceUri | undefined, story: string): void {
  const { scheme, user, password, host, port, params, headers } = uri
  assert.deepEqual(
    { scheme, user, password, host, port, params: pairsOf(params), headers },
    {
      scheme: reading?.scheme,
      user: reading?.user,
      password: reading?.password,
      host: reading?.host ?? '',
      port: reading?.port === undefined ? undefined : Number(reading.port),
      params: pairsFrom(reading?.params),
      headers: reading?.headers,
    },
    story,
  )
}

const pairsOf = (params: Params): string => JSON.stringify(params.entries())
const pairsFrom = (pairs: Pairs | undefined): string => JSON.stringify(pairs ?? [])

test('the parser and a slow reference agree on random messages, field by field and fault by fault', () => {
  const random = new SimRandom(20_260_401)
  let accepted = 0
  for (let i = 0; i < COUNT; i++)
    if (assertSame(randomMessage(random), random.happens(0.7)) === 'accepted') accepted += 1
  const share = accepted / COUNT
  assert.ok(share > 0.1 && share < 0.9, `${share} of the messages were accepted: one side is hardly tested`)
})
