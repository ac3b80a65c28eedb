import { createHash, createHmac, hash } from 'node:crypto'
import { Secret } from '../src/base/secret.ts'
import { addPart, digestHex, digestText, finishDigest, SipKey } from '../src/base/sip-hash.ts'
import { challengeRows } from '../src/mechanisms/digest/challenge.ts'
import { answerChallenges, authorizeAgain, clientMemory } from '../src/mechanisms/digest/client.ts'
import { Guessing } from '../src/mechanisms/digest/guessing.ts'
import { digestKeys } from '../src/mechanisms/digest/keys.ts'
import { makeNonce, readNonce } from '../src/mechanisms/digest/nonce.ts'
import { NonceCounts } from '../src/mechanisms/digest/nonce-count.ts'
import { digestPolicy, type Ha1Record } from '../src/mechanisms/digest/policy.ts'
import { makeHa1, responseOf } from '../src/mechanisms/digest/response.ts'
import { type DigestState, verifyDigest } from '../src/mechanisms/digest/verify.ts'
import { parseCredentials } from '../src/sip/headers/credentials.ts'
import { scanCredentials } from '../src/sip/headers/scan-credentials.ts'
import { dialogLeadsTo, makeDialogToken, readDialogToken } from '../src/sip/proxy/dialog-proof.ts'
import { makeKeyring } from '../src/sip/proxy/keyed-digest.ts'
import { loopPart } from '../src/sip/proxy/loop.ts'
import { parseUri } from '../src/sip/uri/uri.ts'

/**
 * What digest and keyed hashes cost on the hot path: microseconds each, the best of many short rounds, since a short
 * round is sometimes left alone by whatever else runs. Run: `node bench/digest.ts`.
 */
const ROUNDS = 200
const ITERATIONS = 1000

/** What ran last: a result that nobody sees would be left out. */
let seen: unknown

function measure(name: string, run: (i: number) => unknown): void {
  let bestUs = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < ITERATIONS; i++) seen = run(i)
    bestUs = Math.min(bestUs, Number(process.hrtime.bigint() - start) / ITERATIONS / 1000)
  }
  console.log(`${name.padEnd(52)} ${bestUs.toFixed(2).padStart(6)} µs`)
}

/** As received: flat, not the pieces that it was made of. */
const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
const numbered = (make: (i: number) => string): string[] =>
  Array.from({ length: ITERATIONS }, (_, i) => flat(make(i)))
/** A thousand texts in turn. */
const at = (list: readonly string[], i: number): string => list[i] ?? ''

const sipKey = new SipKey(Buffer.alloc(16, 3))
function sipHash(text: string): void {
  sipKey.begin()
  addPart(text)
  finishDigest()
}
for (const length of [20, 60, 114, 200]) {
  const texts = numbered(i => `${i}`.padEnd(length, 'alice:example.test:'))
  for (const name of ['md5', 'sha256', 'sha512-256']) {
    measure(`crypto.hash ${name}, ${length} octets`, i => hash(name, at(texts, i)))
  }
  measure(`createHash sha256, ${length} octets`, i => createHash('sha256').update(at(texts, i)).digest('hex'))
  measure(`createHmac sha256, ${length} octets`, i =>
    createHmac('sha256', 'a key').update(at(texts, i)).digest('base64url'),
  )
  measure(`SipHash-2-4 to base64url, ${length} octets`, i => {
    sipHash(at(texts, i))
    return digestText()
  })
  measure(`SipHash-2-4 to hexadecimal, ${length} octets`, i => {
    sipHash(at(texts, i))
    return digestHex()
  })
}

const keyring = makeKeyring([new Secret('a key of at least thirty-two characters')])
const callIds = numbered(i => `3848276298220188511-${i}@192.0.2.7`)
const aors = { callerAor: 'sip:alice@example.test', calleeAor: 'sip:bob@example.test' }
const places = { callerSource: 'udp:192.0.2.7:5060', calleeSource: 'udp:192.0.2.9:5060' }
const dialog = (i: number) => ({
  callId: at(callIds, i),
  initialFromTag: 'a73kszlfl',
  ...aors,
  ...places,
  callerFlow: 'AAAAAAAA',
  calleeFlow: 'BBBBBBBB',
})
const tokens = numbered(i => makeDialogToken(keyring, 'AA', dialog(i)))
const inDialog = (i: number, source: string) => ({
  callId: at(callIds, i),
  fromTag: 'a73kszlfl',
  toTag: '1410948204',
  fromAor: aors.callerAor,
  toAor: aors.calleeAor,
  sources: [source],
})
measure('dialog token made', i => makeDialogToken(keyring, 'AA', dialog(i)))
measure('dialog token read, from the caller', i =>
  readDialogToken(keyring, at(tokens, i), inDialog(i, places.callerSource)),
)
const fromCaller = { from: 'caller', towards: undefined } as const
measure('dialog token, leads to the callee', i =>
  dialogLeadsTo(keyring, at(tokens, i), fromCaller, inDialog(i, places.calleeSource)),
)
const requestUri = 'sip:bob@example.test'
measure('loop part', i =>
  loopPart(keyring, { requestUri, routes: [], callId: at(callIds, i), cseqNumber: i }),
)

let turn = 0
const chance = (): number => {
  turn += 1
  return turn
}
const random = (bytes: number): Buffer => {
  const out = Buffer.alloc(bytes)
  out.writeUInt32BE(chance(), 0)
  return out
}
const password = new Secret('correct horse')
const record: Ha1Record = {
  user: 'alice',
  ha1: { sha256: new Secret(makeHa1('sha256', 'alice', 'example.test', password)) },
  md5Allowed: false,
  disabled: false,
}
const keys = digestKeys(Buffer.alloc(32, 1), 1)
const policy = digestPolicy({
  realm: 'example.test',
  keys,
  lookUp: query => ('username' in query && query.username === 'alice' ? record : undefined),
  chance,
  userhash: false,
  qop: ['auth'],
})
const nowMs = 1_800_000_000_000
const sourceClass = '192.0.2.7'
const uri = parseUri(requestUri)
if (!uri.ok) throw new Error('no URI')
const request = { method: 'INVITE', requestUri, uri: uri.value, body: '', sourceClass, nowMs }
const rows = challengeRows(policy, { method: 'INVITE', sourceClass, nowMs, stale: false })
const context = { memory: clientMemory(), accountFor: () => ({ username: 'alice', password }), random }
const challenges = rows.map(value => ({ field: 'WWW-Authenticate', value }) as const)
const answers = answerChallenges(challenges, request, [], context)
const first = answers.ok ? answers.value[0] : undefined
if (first === undefined) throw new Error('no answer')
const right = numbered(() => authorizeAgain(first.session, request, random).value)
const forged = right.map(row => flat(row.replace(/nonce="..../, 'nonce="AAAA')))
/** Small enough to be made for every round. */
const freshState = (): DigestState => ({
  counts: new NonceCounts(keys.memory, nowMs, 10),
  guessing: new Guessing(keys.memory, 10),
})
let state = freshState()

const binding = { realm: 'example.test', algorithm: 'SHA-256', sourceClass } as const
const nonce = flat(makeNonce(nowMs, chance, keys, binding))
measure('nonce made', () => makeNonce(nowMs, chance, keys, binding))
measure('nonce read', () => readNonce(nonce, nowMs, 300_000, keys, binding))
measure('challenge, two rows', () =>
  challengeRows(policy, { method: 'INVITE', sourceClass, nowMs, stale: false }),
)
measure('credentials, thorough', i => parseCredentials(at(right, i)))
measure('credentials, quick', i => scanCredentials(at(right, i)))
measure('response by SHA-256', () => responseOf(first.inputs))
measure('forged nonce, parsed and judged', i =>
  verifyDigest({ ...request, credentials: [at(forged, i)] }, policy, state),
)
let accepted = 0
measure('right answer, parsed and accepted', i => {
  if (i === 0) state = freshState()
  const verdict = verifyDigest({ ...request, credentials: [at(right, i)] }, policy, state)
  if (!(verdict instanceof Promise) && verdict.kind === 'accepted') accepted += 1
  return verdict
})
console.log(`${accepted} of ${ROUNDS * ITERATIONS} accepted`)
if (seen instanceof Error) throw seen
