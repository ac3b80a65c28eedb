import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../base/limits.ts'
import { Secret } from '../../base/secret.ts'
import { type Ha1Record, makeHa1, responseOf } from '../../mechanisms/digest/index.ts'
import type { CredentialAnswer, CredentialQuestion, CredentialSource } from './source.ts'
import { CredentialSources } from './sources.ts'

const REALM = 'example.test'
const grant = { aors: ['sip:alice@example.test'] }

function recordOf(user: string, password: string): Ha1Record {
  const sha256 = new Secret(makeHa1('sha256', user, REALM, new Secret(password)))
  return { user, ha1: { sha256 }, md5Allowed: false, disabled: false }
}

/** Alice's answer with that password. */
function question(password: string, changes: Partial<CredentialQuestion> = {}): CredentialQuestion {
  const facts = {
    realm: REALM,
    query: { username: 'alice' },
    user: 'alice',
    username: 'alice',
    method: 'REGISTER',
    uri: `sip:${REALM}`,
    algorithm: 'SHA-256',
    qop: 'auth',
    nonce: 'n',
    nc: '00000001',
    cnonce: 'c',
    opaque: undefined,
    bodyHash: undefined,
    aor: 'sip:alice@example.test',
    requestUri: `sip:${REALM}`,
    source: { ip: '192.0.2.7', port: 5060, transport: 'udp' },
  } as const
  const ha1 = makeHa1('sha256', 'alice', REALM, new Secret(password))
  return { ...facts, response: responseOf({ ...facts, ha1, body: '' }), ...changes }
}

function source(
  name: string,
  answer: CredentialAnswer,
  isRemote = true,
): CredentialSource & { asked: number } {
  const made = {
    name,
    isRemote,
    asked: 0,
    ask: () => {
      made.asked += 1
      return isRemote ? Promise.resolve(answer) : answer
    },
  }
  return made
}

function sources(list: readonly CredentialSource[], changes: { cacheMs?: number; md5?: boolean } = {}) {
  const world = { nowMs: 0, answers: [] as string[] }
  const all = new CredentialSources({
    sources: list,
    cacheMs: 0,
    md5: false,
    nowMs: () => world.nowMs,
    answered: (name, kind) => void world.answers.push(`${name} ${kind}`),
    ...changes,
  })
  return { all, world }
}

const unavailable: CredentialAnswer = { kind: 'unavailable', retryAfterSeconds: 5, why: 'aaa-unavailable' }
const accepted: CredentialAnswer = { kind: 'accepted', user: 'alice', grant }
const local = (answer: CredentialAnswer) => source('local', answer, false)
const known: CredentialAnswer = { kind: 'known', record: recordOf('alice', 'right') }

test('the first source that knows the name decides, and no other is asked', async () => {
  const [first, second, third] = [
    local({ kind: 'unknown-user' }),
    source('radius', { kind: 'rejected' }),
    source('diameter', accepted),
  ]
  const { all, world } = sources([first, second, third])
  assert.deepEqual(await all.ask(question('right')), { kind: 'rejected' })
  assert.equal(third.asked, 0)
  assert.deepEqual(world.answers, ['local unknown-user', 'radius rejected'])
})

test('an account of ours with the right password asks nobody, and waits for nobody', () => {
  const remote = source('radius', accepted)
  const { all } = sources([local(known), remote])
  assert.equal(all.ask(question('right')), known)
  assert.equal(remote.asked, 0)
})

test('DIG-31: a wrong password of our own account takes the way of an unknown name, and no yes is heard there', async () => {
  const remote = source('radius', accepted)
  const { all } = sources([local(known), remote])
  assert.equal(await all.ask(question('wrong')), known)
  assert.equal(remote.asked, 1)
  const dead = sources([local(known), source('radius', unavailable)])
  const nobody = sources([local({ kind: 'unknown-user' }), source('radius', unavailable)])
  assert.deepEqual(await dead.all.ask(question('wrong')), await nobody.all.ask(question('wrong')))
})

test('RAD-11: a source that cannot answer is passed over; when nobody after it says yes, nobody knows', async () => {
  const { all } = sources([source('radius', unavailable), source('diameter', accepted)])
  assert.equal(await all.ask(question('right')), accepted)
  for (const second of [{ kind: 'rejected' }, { kind: 'unknown-user' }, unavailable] as const) {
    const { all: both } = sources([source('radius', unavailable), source('diameter', second)])
    assert.equal((await both.ask(question('right'))).kind, 'unavailable')
  }
})

test('MD5 and hidden names are put to nobody beyond this process', async () => {
  const remote = source('radius', accepted)
  const { all } = sources([remote])
  assert.deepEqual(await all.ask(question('right', { algorithm: 'MD5' })), { kind: 'rejected' })
  assert.deepEqual(await all.ask(question('right', { user: '' })), { kind: 'rejected' })
  assert.equal(remote.asked, 0)
  const { all: lenient } = sources([remote], { md5: true })
  assert.equal(await lenient.ask(question('right', { algorithm: 'MD5' })), accepted)
})

test('a hash is kept as long as configured, serves right answers alone, and never a wrong one', async () => {
  const remote = source('diameter', { ...known, grant })
  const { all, world } = sources([remote], { cacheMs: 60_000 })
  await all.ask(question('wrong'))
  await all.ask(question('right'))
  assert.equal(remote.asked, 2)
  await all.ask(question('right'))
  assert.equal(remote.asked, 2)
  await all.ask(question('wrong'))
  assert.equal(remote.asked, 3)
  world.nowMs = 60_001
  await all.ask(question('right'))
  assert.equal(remote.asked, 4)
})

test('nothing is kept where nothing is configured, and a yes without a hash never is', async () => {
  const remote = source('diameter', { ...known, grant })
  const { all } = sources([remote])
  for (let n = 0; n < 3; n++) await all.ask(question('right'))
  assert.equal(remote.asked, 3)
  const yes = source('radius', accepted)
  const { all: cached } = sources([yes], { cacheMs: 60_000 })
  for (let n = 0; n < 3; n++) await cached.ask(question('right'))
  assert.equal(yes.asked, 3)
})

test('DOS-05: while a server is slow one source cannot take every place; others are heard, and it is again', async () => {
  const waiting: (() => void)[] = []
  const slow: CredentialSource = {
    name: 'radius',
    isRemote: true,
    ask: () => new Promise(resolve => waiting.push(() => resolve(accepted))),
  }
  const { all } = sources([slow])
  const from = (ip: string) => question('right', { source: { ip, port: 5060, transport: 'udp' } })
  const asked = Array.from({ length: LIMITS.maxAaaQuestionsPerSource }, (_, n) =>
    all.ask(from(`2001:db8::${n.toString(16)}`)),
  )
  assert.equal((await all.ask(from('2001:db8::ffff'))).kind, 'unavailable')
  const other = all.ask(from('192.0.2.8'))
  assert.equal(waiting.length, LIMITS.maxAaaQuestionsPerSource + 1)
  for (const go of waiting.splice(0)) go()
  assert.ok((await Promise.all([...asked, other])).every(answer => answer === accepted))
  const again = all.ask(from('2001:db8::ffff'))
  assert.equal(waiting.length, 1)
  for (const go of waiting) go()
  assert.equal(await again, accepted)
})
