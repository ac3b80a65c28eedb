import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { missing } from '../../../test/support/programs.ts'
import { ecKeys, UserAuthorityOfTests, type UserKeys } from '../../../test/support/user-certificates.ts'
import { parseEntity } from './mime.ts'
import { openSigned, writeSigned } from './multipart-signed.ts'
import { signDetached } from './sign.ts'
import { parseSignedData } from './signed-data.ts'
import { verifyDetached } from './verify.ts'

const skip = missing('openssl')
const folder = mkdtempSync(join(tmpdir(), 'aspis-smime-'))
after(() => rmSync(folder, { recursive: true }))

const nowMs = Date.now()
const authority = new UserAuthorityOfTests(nowMs)
const content = 'Content-Type: message/sipfrag\r\n\r\nDate: now\r\n\xff\0binary'

function file(name: string, text: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, text, 'latin1')
  return path
}

function pems(keys: UserKeys) {
  const user = authority.user('sip:alice@example.test', {}, keys)
  return { user, key: file('user.key', user.keyPem), certificate: file('user.pem', user.certificatePem) }
}

const ed25519 = (): UserKeys => generateKeyPairSync('ed25519')
const rsa = (): UserKeys => generateKeyPairSync('rsa', { modulusLength: 2048 })

test('SMI-04: OpenSSL takes what we sign with ECDSA P-256, detached and as multipart/signed', {
  skip,
}, () => {
  const { user } = pems(ecKeys())
  const ca = file('ca.pem', authority.certificate.toString())
  const der = file('ours.der', signDetached(Buffer.from(content, 'latin1'), user, nowMs))
  const args = ['cms', '-verify', '-CAfile', ca]
  const detached = ['-binary', '-inform', 'DER', '-in', der, '-content', file('content', content)]
  const out = execFileSync('openssl', [...args, ...detached], { stdio: ['ignore', 'pipe', 'pipe'] })
  assert.equal(out.toString('latin1'), content)
  const changed = ['-binary', '-inform', 'DER', '-in', der, '-content', file('other', `${content}.`)]
  assert.notEqual(spawnSync('openssl', [...args, ...changed]).status, 0)
  const signed = writeSigned('Content-Type: text/plain\r\n\r\nhello\r\n', user, nowMs)
  const mail = file(
    'ours.eml',
    `MIME-Version: 1.0\r\nContent-Type: ${signed.contentType}\r\n\r\n${signed.body}`,
  )
  const text = execFileSync('openssl', [...args, '-inform', 'SMIME', '-in', mail], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  assert.match(text.toString(), /hello/)
})

test('SMI-04: a body signed with Ed25519 is taken back, and not when it was changed', () => {
  const { user } = pems(ed25519())
  const cms = signDetached(Buffer.from(content, 'latin1'), user, nowMs)
  const verify = (text: string) => verifyDetached(cms, Buffer.from(text, 'latin1'), [authority], nowMs)
  assert.ok(verify(content).ok)
  assert.deepEqual(verify(`${content}.`), { ok: false, error: 'content-changed' })
})

for (const [name, keys, options] of [
  ['ECDSA P-256', ecKeys, []],
  ['ECDSA P-256 by key identifier', ecKeys, ['-keyid']],
  ['RSA PKCS#1 v1.5', rsa, []],
  ['RSA-PSS', rsa, ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:32']],
] as const) {
  test(`SMI-04: we take what OpenSSL signs with ${name}`, { skip }, () => {
    const { key, certificate } = pems(keys())
    const out = join(folder, 'theirs.der')
    execFileSync('openssl', [
      ...['cms', '-sign', '-binary', '-md', 'sha256', '-signer', certificate, '-inkey', key],
      ...['-in', file('content', content), '-outform', 'DER', '-out', out, ...options],
    ])
    const cms = readFileSync(out)
    const signers = verifyDetached(cms, Buffer.from(content, 'latin1'), [authority], nowMs)
    assert.ok(signers.ok, signers.ok ? '' : signers.error)
    assert.deepEqual(signers.value[0]?.aors, ['sip:alice@example.test'])
    const changed = verifyDetached(cms, Buffer.from(`${content}.`, 'latin1'), [authority], nowMs)
    assert.deepEqual(changed, { ok: false, error: 'content-changed' })
  })
}

test('SMI-14: BER of indefinite length is read as DER is', { skip }, () => {
  const { key, certificate } = pems(ecKeys())
  const out = join(folder, 'theirs.ber')
  execFileSync('openssl', [
    ...['cms', '-sign', '-binary', '-stream', '-nodetach', '-signer', certificate, '-inkey', key],
    ...['-in', file('content', content), '-outform', 'DER', '-out', out],
  ])
  const cms = readFileSync(out)
  assert.equal(cms.readUInt16BE(0), 0x3080)
  const data = parseSignedData(cms)
  assert.ok(data.ok)
  assert.equal(data.value.content?.toString('latin1'), content)
  assert.equal(data.value.signers.length, 1)
})

test('SMI-04: SHA-1 of old days is refused by name, and so is a signature without signed attributes', {
  skip,
}, () => {
  const { key, certificate } = pems(rsa())
  const out = join(folder, 'theirs.der')
  for (const [options, fault] of [
    [['-md', 'sha1'], 'digest-weak'],
    [['-md', 'sha256', '-noattr'], 'signed-attributes-wrong'],
    [['-md', 'sha256', '-nodetach'], 'not-detached'],
    [['-md', 'sha256', '-nocerts'], 'signer-certificate-missing'],
  ] as const) {
    execFileSync('openssl', [
      ...['cms', '-sign', '-binary', '-signer', certificate, '-inkey', key, ...options],
      ...['-in', file('content', content), '-outform', 'DER', '-out', out],
    ])
    const read = verifyDetached(readFileSync(out), Buffer.from(content, 'latin1'), [authority], nowMs)
    assert.deepEqual(read, { ok: false, error: fault })
  }
})

test('SMI-03: we open the multipart/signed that OpenSSL writes', { skip }, () => {
  const { key, certificate } = pems(ecKeys())
  const out = join(folder, 'theirs.eml')
  execFileSync('openssl', [
    ...['smime', '-sign', '-md', 'sha256', '-crlfeol', '-signer', certificate, '-inkey', key],
    ...['-in', file('content', 'Content-Type: text/plain\r\n\r\nhello\r\n'), '-out', out],
  ])
  const mail = parseEntity(readFileSync(out, 'latin1').replace(/\r?\n/g, '\r\n'))
  assert.ok(mail.ok)
  const opened = openSigned(mail.value, [authority], nowMs)
  assert.ok(opened.ok, opened.ok ? '' : opened.error)
  assert.equal(opened.value.entity.body, 'hello\r\n')
})
