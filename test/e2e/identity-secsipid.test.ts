/** Another STIR implementation (secsipidx, as Debian packages it): what one signs, the other accepts. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { trustRoots } from '../../src/mechanisms/identity/chain.ts'
import { signingKey } from '../../src/mechanisms/identity/sign.ts'
import {
  callWith,
  decided,
  identityOf,
  issue,
  SHAKEN_ORDER,
  UUID,
  worldOf,
  X5U,
} from '../../src/mechanisms/identity/test-authority.ts'
import { verifyRequest } from '../../src/mechanisms/identity/verify.ts'
import { dateText } from '../../src/sip/headers/date.ts'
import { missing } from '../support/programs.ts'

const skip = missing('secsipidx')
const folder = mkdtempSync(join(tmpdir(), 'aspis-secsipid-'))
after(() => rmSync(folder, { recursive: true, force: true }))

// The program knows no other time than now.
const nowMs = Date.now()
const valid = { notBeforeMs: nowMs - 86_400_000, notAfterMs: nowMs + 86_400_000 }
const root = issue(undefined, { ...valid, isAuthority: true })
const signer = issue(root, { ...valid, numbers: [{ kind: 'spc', code: '1234' }] })
const keyFile = join(folder, 'key.pem')
const publicFile = join(folder, 'public.pem')
writeFileSync(keyFile, signer.key.export({ type: 'sec1', format: 'pem' }))
writeFileSync(publicFile, createPublicKey(signer.key).export({ type: 'spki', format: 'pem' }))

function run(...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('secsipidx', args, { encoding: 'utf8', timeout: 10_000 })
  return { status, said: `${stdout}${stderr}`.trim() }
}

/** A call made now. */
const call = (identities: readonly string[] = []) =>
  callWith({ Date: dateText(Math.floor(Date.now() / 1000)) }, identities)
const judge = (identity: string) =>
  decided(
    verifyRequest(call([identity]), worldOf({ [X5U]: signer.chain }, {}, Date.now(), trustRoots([root.pem]))),
  )

test('secsipidx accepts what we sign', { skip }, () => {
  const identity = identityOf(call(), SHAKEN_ORDER, signingKey(signer.keyPem, signer.chain, X5U), Date.now())
  const good = run('-check', '-identity', identity, '-fpubkey', publicFile, '-expire', '60')
  assert.deepEqual(good, { status: 0, said: 'ok' })
  const at = identity.indexOf('.') + 20
  const changed = identity.slice(0, at) + (identity[at] === 'A' ? 'B' : 'A') + identity.slice(at + 1)
  assert.notEqual(run('-check', '-identity', changed, '-fpubkey', publicFile, '-expire', '60').status, 0)
})

test('we accept what secsipidx signs, and say with what attestation', { skip }, () => {
  const numbers = ['-orig-tn', '12155551212', '-dest-tn', '12155551213']
  const rest = ['-attest', 'B', '-orig-id', UUID, '-x5u', X5U, '-k', keyFile]
  const { status, said } = run('-sign-full', ...numbers, ...rest)
  assert.equal(status, 0, said)
  const decision = judge(said)
  assert.equal(decision.failure, undefined)
  assert.equal(decision.attestation, 'B')
  assert.equal(decision.origid, UUID)
})

test('what secsipidx signs for another call we refuse', { skip }, () => {
  const numbers = ['-orig-tn', '12155559999', '-dest-tn', '12155551213']
  const rest = ['-attest', 'A', '-orig-id', UUID, '-x5u', X5U, '-k', keyFile]
  assert.equal(judge(run('-sign-full', ...numbers, ...rest).said).failure, 'orig-differs')
})
