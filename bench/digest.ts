import { createHash, hash } from 'node:crypto'
import { Secret } from '../src/base/secret.ts'
import { challengeRows } from '../src/mechanisms/digest/challenge.ts'
import { answerChallenges, authorizeAgain, clientMemory } from '../src/mechanisms/digest/client.ts'
import { digestKeys } from '../src/mechanisms/digest/keys.ts'
import { digestPolicy, type Ha1Record } from '../src/mechanisms/digest/policy.ts'
import { makeHa1 } from '../src/mechanisms/digest/response.ts'
import { digestState, verifyDigest } from '../src/mechanisms/digest/verify.ts'
import { parseCredentials } from '../src/sip/headers/credentials.ts'
import { parseUri } from '../src/sip/uri/uri.ts'

/** What digest costs on the hot path: microseconds each, the best of five rounds. Run: `node bench/digest.ts`. */
const ROUNDS = 5
const ITERATIONS = 20_000

/** Time of the processor in this thread: others that run beside do not count. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** What ran last: a result that nobody sees would be left out. */
let seen: unknown

function measure(name: string, run: (i: number) => unknown): void {
  let bestUs = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = cpuUs()
    for (let i = 0; i < ITERATIONS; i++) seen = run(round * ITERATIONS + i)
    bestUs = Math.min(bestUs, (cpuUs() - start) / ITERATIONS)
  }
  console.log(`${name.padEnd(44)} ${bestUs.toFixed(2).padStart(7)} µs`)
}

const text = 'alice:example.test:'.repeat(6)
for (const name of ['md5', 'sha256', 'sha512-256']) {
  measure(`crypto.hash ${name}, ${text.length} octets`, i => hash(name, text + i))
  measure(`createHash ${name}`, i =>
    createHash(name)
      .update(text + i)
      .digest('hex'),
  )
}

let chance = 0
const random = (bytes: number): Buffer => {
  chance += 1
  const out = Buffer.alloc(bytes)
  out.writeUInt32BE(chance, 0)
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
  chance: () => {
    chance += 1
    return chance
  },
  userhash: false,
  qop: ['auth'],
})
const nowMs = 1_800_000_000_000
const sourceClass = '192.0.2.7'
const requestUri = 'sip:example.test'
const uri = parseUri(requestUri)
if (!uri.ok) throw new Error('no URI')
const request = { method: 'REGISTER', requestUri, uri: uri.value, body: '', sourceClass, nowMs }
const rows = challengeRows(policy, { method: 'REGISTER', sourceClass, nowMs, stale: false })
const context = { memory: clientMemory(), accountFor: () => ({ username: 'alice', password }), random }
const challenges = rows.map(value => ({ field: 'WWW-Authenticate', value }) as const)
const answers = answerChallenges(challenges, request, [], context)
const first = answers.ok ? answers.value[0] : undefined
if (first === undefined) throw new Error('no answer')
/** As received: one flat string, not the pieces that it was made of. */
const flat = (row: string): string => Buffer.from(row, 'latin1').toString('latin1')
const right = Array.from({ length: ITERATIONS }, () =>
  flat(authorizeAgain(first.session, request, random).value),
)
let state = digestState(keys, nowMs)
const forged = flat(first.value.replace(/nonce="..../, 'nonce="AAAA'))

measure('challenge, two rows', () =>
  challengeRows(policy, { method: 'INVITE', sourceClass, nowMs, stale: false }),
)
measure('parse credentials', i => parseCredentials(right[i] ?? ''))
measure('forged nonce, parsed and judged', () =>
  verifyDigest({ ...request, credentials: [forged] }, policy, state),
)
let accepted = 0
measure('right answer, parsed and accepted', i => {
  if (i % ITERATIONS === 0) state = digestState(keys, nowMs)
  const credentials = [right[i % ITERATIONS] ?? '']
  const verdict = verifyDigest({ ...request, credentials }, policy, state)
  if (!(verdict instanceof Promise) && verdict.kind === 'accepted') accepted += 1
})
console.log(`${accepted} of ${ROUNDS * ITERATIONS} accepted`)
if (seen instanceof Error) throw seen
