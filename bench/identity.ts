import { sign, verify } from 'node:crypto'
import { SipKey } from '../src/base/sip-hash.ts'
import {
  judgeChain,
  ReplayMemory,
  signingKey,
  signRequest,
  signResponse,
  trustRoots,
  verificationPolicy,
  verifyRequest,
} from '../src/mechanisms/identity/index.ts'
import type { SipRequest } from '../src/sip/message/message.ts'
import { parseMessage } from '../src/sip/message/parse.ts'
import { holder } from '../test/support/stir.ts'
import { measure, type Patience } from './measure.ts'

/**
 * What signed identity costs: microseconds of processor time, beside plain ES256 of node:crypto over as many octets.
 * `node bench/identity.ts [--quick]`
 */
const isQuick = process.argv.includes('--quick')
const PATIENCE: Patience = { warmUpCalls: 5000, rounds: isQuick ? 5 : 15, roundMs: isQuick ? 60 : 200 }
const X5U = 'https://certs.example.test/stir.pem'
const CALLS = 1000

const root = holder(undefined, { isAuthority: true })
const provider = holder(root, { numbers: ['15550100', '15550101'], domains: ['example.test'] })
const roots = trustRoots([root.chain])
const nowMs = Date.now()

function call(n: number, from: string, lines: readonly string[] = []): SipRequest {
  const text = [
    'INVITE sip:+15550199@example.net SIP/2.0',
    `Via: SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bK-${n}`,
    'Max-Forwards: 70',
    `From: <${from}>;tag=${n}`,
    'To: <sip:+15550199@example.net>',
    `Call-ID: ${n}@192.0.2.7`,
    'CSeq: 1 INVITE',
    'Contact: <sip:a@192.0.2.7>',
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
  const parsed = parseMessage(Buffer.from(text, 'latin1').toString('latin1'), true)
  if (!parsed.ok || parsed.value.kind !== 'request') throw new Error('no request')
  return parsed.value
}

const NUMBER = 'sip:+15550100@example.test'
const NAME = 'sip:alice@example.test'
const key = signingKey(provider.keyPem, provider.chain, X5U)
const shaken = {
  ppt: 'shaken',
  attest: 'A',
  origid: '123e4567-e89b-42d3-a456-426655440000',
  numbers: {},
} as const
const base = { ppt: '', numbers: {} } as const

function identityOf(n: number, from: string): readonly string[] {
  const signed = signRequest(call(n, from), from === NUMBER ? shaken : base, key, nowMs)
  if (!signed.ok) throw new Error(signed.error)
  return [`Date: ${signed.value.date}`, `Identity: ${signed.value.identity}`]
}

const judged = judgeChain(provider.chain, roots, nowMs)
if (!judged.ok) throw new Error(judged.error)
const credential = judged.value
const memory = new SipKey(Buffer.alloc(16, 7))
const world = (replay: ReplayMemory | undefined) => ({
  policy: verificationPolicy({ maxAgeSeconds: 3600 }),
  lookUp: () => ({ kind: 'credential', credential }) as const,
  replay,
  nowMs,
})

const plain = Array.from({ length: CALLS }, (_, i) => Buffer.from(`${i}`.padEnd(330, 'eyJhbGciOiJFUzI1NiJ9')))
const octets = (i: number): Buffer => plain[i % CALLS] ?? Buffer.alloc(0)
const dsaEncoding = 'ieee-p1363'
const signatures = plain.map(each => sign('sha256', each, { key: provider.key, dsaEncoding }))

function row(name: string, once: (i: number) => number): number {
  const us = measure(PATIENCE, once)
  console.log(`${name.padEnd(60)} ${us.toFixed(1).padStart(7)} µs`)
  return us
}

const plainSign = row(
  'node:crypto ES256 signs 330 octets',
  i => sign('sha256', octets(i), { key: provider.key, dsaEncoding }).length,
)
const plainVerify = row('node:crypto ES256 verifies them', i =>
  verify('sha256', octets(i), { key: credential.key, dsaEncoding }, signatures[i % CALLS] ?? octets(i))
    ? 1
    : 0,
)
const calls = Array.from({ length: CALLS }, (_, i) => call(i, NUMBER))
const signed = Array.from({ length: CALLS }, (_, i) => call(i, NUMBER, identityOf(i, NUMBER)))
const named = Array.from({ length: CALLS }, (_, i) => call(i, NAME, identityOf(i, NAME)))
const pick = (from: readonly SipRequest[], i: number): SipRequest => {
  const request = from[i % CALLS]
  if (request === undefined) throw new Error('no call')
  return request
}
const makes = row('an INVITE is signed: shaken, attestation A', i =>
  signRequest(pick(calls, i), shaken, key, nowMs).ok ? 1 : 0,
)
row('an INVITE is signed: a name, base type', i => {
  return signRequest(pick(named, i), base, key, nowMs).ok ? 1 : 0
})
const replay = new ReplayMemory(memory, 200_000, 0)
const judges = row('an INVITE is verified: shaken, certificate known', i => {
  const decision = verifyRequest(pick(signed, i), world(replay))
  return decision.kind === 'decided' && decision.isValid ? 1 : 0
})
row('an INVITE is verified: a name, certificate known', i => {
  const decision = verifyRequest(pick(named, i), world(replay))
  return decision.kind === 'decided' && decision.isValid ? 1 : 0
})
const answers = row('a response is signed: rsp', i =>
  signResponse(pick(signed, i), { kind: 'tn', value: '15550199' }, {}, key, nowMs).ok ? 1 : 0,
)
row('a chain of two certificates is judged, once for each URL', () =>
  judgeChain(provider.chain, roots, nowMs).ok ? 1 : 0,
)
const carried =
  row('the 600 octets more of a signed INVITE are parsed', i => parsed(signed, i)) -
  row('an INVITE without them', i => parsed(calls, i))

function parsed(from: readonly SipRequest[], i: number): number {
  const again = parseMessage(pick(from, i).text, true)
  return again.ok ? 1 : 0
}

const invite = makes + judges + carried
const whole = 3 * (makes + judges) + carried + (answers - makes)
console.log(
  [
    '',
    `a signed and verified INVITE over an unsigned one    ${invite.toFixed(0)} µs (of them ${(plainSign + plainVerify).toFixed(0)} µs ES256)`,
    `with its answer and its BYE signed too (RFC 9970)    ${whole.toFixed(0)} µs`,
  ].join('\n'),
)
