import { createHash } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import { challengeRows } from './challenge.ts'
import { answerChallenges, type ClientAnswer, type ClientContext, clientMemory } from './client.ts'
import { digestKeys } from './keys.ts'
import {
  type DigestPolicy,
  type DigestSettings,
  digestPolicy,
  type Ha1Record,
  type LookUpHa1,
} from './policy.ts'
import { makeHa1, makeUserhash } from './response.ts'
import type { Verdict } from './verdict.ts'
import { type DigestRequest, type DigestState, verifyDigest } from './verify.ts'

/** A realm with a few users, for the tests of this folder and the benchmark. */

const REALM = 'example.test'
export const NOW_MS = 1_800_000_000_000
export const HERE = '192.0.2.7'
export const KEYS = digestKeys(Buffer.alloc(32, 7), 1)

export const PASSWORDS: { readonly [user: string]: string; readonly alice: string } = {
  alice: 'correct horse',
  bob: 'battery staple',
  jörg: 'Größe 42',
}

/** Chance that is the same in every run. */
export function seededRandom(seed: string): (bytes: number) => Buffer {
  let turn = 0
  return bytes => {
    turn += 1
    return createHash('sha256').update(`${seed}:${turn}`).digest().subarray(0, bytes)
  }
}

/** The same as numbers of 32 bits. */
export function seededChance(seed: string): () => number {
  const random = seededRandom(seed)
  return () => random(4).readUInt32BE(0)
}

/** Bob is marked for MD5. */
export function record(user: string, password = PASSWORDS[user] ?? ''): Ha1Record {
  const secret = new Secret(password)
  const ha1sOf = (name: string) => ({
    md5: new Secret(makeHa1('md5', name, REALM, secret)),
    sha256: new Secret(makeHa1('sha256', name, REALM, secret)),
    sha512_256: new Secret(makeHa1('sha512_256', name, REALM, secret)),
  })
  const ha1 = ha1sOf(user)
  return { user, ha1, ha1WithDomain: ha1sOf(`${user}@${REALM}`), md5Allowed: user === 'bob', disabled: false }
}

const RECORDS = new Map(Object.keys(PASSWORDS).map(user => [user, record(user)]))

export const lookUp: LookUpHa1 = query => {
  if ('username' in query) return RECORDS.get(query.username)
  for (const found of RECORDS.values()) {
    if (makeUserhash(query.hash, found.user, REALM) === query.userhash) return found
  }
  return undefined
}

export function policy(changes: Partial<DigestSettings> = {}): DigestPolicy {
  return digestPolicy({
    realm: REALM,
    keys: KEYS,
    lookUp,
    chance: seededChance('server'),
    ...changes,
  })
}

export function request(changes: Partial<DigestRequest> = {}): DigestRequest {
  const requestUri = changes.requestUri ?? `sip:${REALM}`
  const uri = parseUri(requestUri)
  if (!uri.ok) throw new AspisError('ERR_ASPIS_TEST', `no URI: ${requestUri}`)
  const plain = { method: 'REGISTER', body: '', credentials: [], sourceClass: HERE, nowMs: NOW_MS }
  return { ...plain, ...changes, requestUri, uri: uri.value }
}

export interface Dialled {
  readonly user?: string
  readonly password?: string
  readonly algorithm?: string
  readonly request?: DigestRequest
  readonly stale?: boolean
}

/** What a client of ours answers to a challenge of the policy. */
export function answer(of: DigestPolicy, { user = 'alice', ...given }: Dialled = {}): ClientAnswer {
  const asked = given.request ?? request()
  const rows = challengeRows(of, { ...asked, stale: false }).filter(
    row => given.algorithm === undefined || row.includes(`algorithm=${given.algorithm},`),
  )
  const password = new Secret(given.password ?? PASSWORDS[user] ?? 'wrong')
  const context: ClientContext = {
    memory: clientMemory(),
    accountFor: () => ({ username: user, password }),
    random: seededRandom('client'),
  }
  const challenges = rows.map(value => ({ field: 'WWW-Authenticate', value }) as const)
  const answers = answerChallenges(challenges, asked, [], context)
  const first = answers.ok ? answers.value[0] : undefined
  if (first === undefined) throw new AspisError('ERR_ASPIS_TEST', 'the client found nothing to answer')
  return first
}

/** The verdict over one credentials row. */
export function judge(of: DigestPolicy, state: DigestState, row: string, asked = request()): Verdict {
  const verdict = verifyDigest({ ...asked, credentials: [row] }, of, state)
  if (verdict instanceof Promise) throw new AspisError('ERR_ASPIS_TEST', 'the verdict is a promise')
  return verdict
}

/** The name of a verdict. */
export function outcome(verdict: Verdict): string {
  return verdict.kind === 'accepted' ? 'accepted' : verdict.why
}
