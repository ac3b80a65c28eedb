import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { ecKeys, UserAuthorityOfTests } from '../../../test/support/user-certificates.ts'
import { withDefiniteLengths } from '../../base/x509/ber.ts'
import { KEY_PURPOSE } from '../../base/x509/certificate-write.ts'
import { elementsOf, TAG } from '../../base/x509/der.ts'
import { element, sequence } from '../../base/x509/der-write.ts'
import { bodyEntity } from './multipart.ts'
import { openSigned, writeSigned } from './multipart-signed.ts'
import { signDetached } from './sign.ts'
import { parseSignedData } from './signed-data.ts'
import { type UserAuthority, verifyDetached } from './verify.ts'

const nowMs = Date.UTC(2030, 0, 1)
const DAY_MS = 86_400_000
const authority = new UserAuthorityOfTests(nowMs)
const alice = authority.user('sip:alice@example.test')
const content = Buffer.from('to be signed')

function say(
  cms: Buffer,
  authorities: readonly UserAuthority[] = [authority],
  atMs = nowMs,
  octets = content,
): string {
  const signers = verifyDetached(cms, octets, authorities, atMs)
  return signers.ok ? signers.value.flatMap(signer => signer.aors).join(' ') || 'nobody' : signers.error
}

test('SMI-07: a good signature proves the users in the certificate, and the time that the signer gives', () => {
  const signers = verifyDetached(signDetached(content, alice, nowMs), content, [authority], nowMs)
  assert.ok(signers.ok)
  assert.deepEqual(signers.value[0]?.aors, ['sip:alice@example.test'])
  assert.equal(signers.value[0]?.signedAtMs, nowMs)
})

test('SMI-07: a certificate of an unknown authority, too old, too young or for another purpose proves nothing', () => {
  const cms = signDetached(content, alice, nowMs)
  assert.equal(say(cms, [new UserAuthorityOfTests(nowMs)]), 'certificate-untrusted')
  assert.equal(say(cms, []), 'certificate-untrusted')
  assert.equal(say(cms, [authority], nowMs + DAY_MS), 'certificate-expired')
  assert.equal(say(cms, [authority], nowMs - DAY_MS), 'certificate-not-yet-valid')
  const server = authority.user('sip:alice@example.test', { extendedKeyUsages: [KEY_PURPOSE.server] })
  assert.equal(say(signDetached(content, server, nowMs)), 'signer-certificate-wrong-usage')
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const weak = authority.user('sip:alice@example.test', {}, small)
  assert.throws(() => signDetached(content, weak, nowMs), { code: 'ERR_ASPIS_SMIME_KEY' })
})

test('SMI-07: an authority vouches for the users of its own domains only', () => {
  const partner = new UserAuthorityOfTests(nowMs, ['partner.test'])
  const ours = signDetached(content, partner.user('sip:alice@example.test'), nowMs)
  const theirs = signDetached(content, partner.user('sips:carol@partner.test'), nowMs)
  assert.equal(say(ours, [authority, partner]), 'nobody')
  assert.equal(say(theirs, [authority, partner]), 'sip:carol@partner.test')
  const domain = signDetached(content, authority.user('sip:example.test'), nowMs)
  assert.equal(say(domain), 'nobody')
})

test('SMI-07: a user certificate does not vouch for another one', () => {
  const mallory = authority.user('sip:mallory@example.test')
  const under = { ...alice, certificates: [...alice.certificates, ...mallory.certificates] }
  const stranger = new UserAuthorityOfTests(nowMs)
  const forged = stranger.user('sip:alice@example.test')
  const cms = signDetached(
    content,
    { ...forged, certificates: [...forged.certificates, ...mallory.certificates] },
    nowMs,
  )
  assert.equal(say(cms), 'certificate-untrusted')
  assert.equal(say(signDetached(content, under, nowMs)), 'sip:alice@example.test')
})

test('SMI-04: another content, a broken signature and a swapped certificate are told apart', () => {
  const cms = signDetached(content, alice, nowMs)
  assert.equal(say(cms, [authority], nowMs, Buffer.from('something else')), 'content-changed')
  const broken = Buffer.from(cms)
  broken.writeUInt8(broken.readUInt8(broken.length - 1) ^ 1, broken.length - 1)
  assert.equal(say(broken), 'signature-wrong')
})

test('SMI-04: another certificate of the same key cannot be put in the place of the signer’s (RFC 5035)', () => {
  const keys = ecKeys()
  const serial = Buffer.from([1])
  const meant = authority.user('sip:alice@example.test', { serial }, keys)
  const [own = content] = meant.certificates
  let [other = content] = authority.user('sip:chief@example.test', { serial }, keys).certificates
  // A signature has one of three lengths; with the same one no other length in the structure changes.
  while (other.length !== own.length)
    [other = content] = authority.user('sip:chief@example.test', { serial }, keys).certificates
  const cms = signDetached(content, meant, nowMs)
  const at = cms.indexOf(own)
  const swapped = Buffer.concat([cms.subarray(0, at), other, cms.subarray(at + own.length)])
  assert.equal(say(cms), 'sip:alice@example.test')
  assert.equal(say(swapped), 'signed-attributes-wrong')
})

test('SMI-13: what stands beside the signed part is not signed: more than two parts, or another protocol, are refused', () => {
  const signed = writeSigned('Content-Type: text/plain\r\n\r\nhi', alice, nowMs)
  const open = (contentType: string, body: string) => {
    const opened = openSigned(bodyEntity(body, { contentType }), [authority], nowMs)
    return opened.ok ? opened.value.entity.body : opened.error
  }
  assert.equal(open(signed.contentType, signed.body), 'hi')
  assert.equal(
    open(signed.contentType.replace('pkcs7-signature', 'pgp-signature'), signed.body),
    'not-signed',
  )
  assert.equal(open(signed.contentType.replace('/signed', '/mixed'), signed.body), 'not-signed')
  const boundary = /boundary="([^"]+)"/.exec(signed.contentType)?.[1] ?? ''
  const third = signed.body.replace(`--${boundary}--`, `--${boundary}\r\n\r\nhello\r\n--${boundary}--`)
  assert.equal(open(signed.contentType, third), 'not-signed')
  assert.equal(open(signed.contentType, signed.body.replace('\r\n\r\nhi', '\r\n\r\nho')), 'content-changed')
})

test('SMI-14: too many signers or certificates, too deep and too large structures are refused', () => {
  const many = { ...alice, certificates: Array<Buffer>(17).fill(alice.certificates[0] ?? content) }
  assert.equal(say(signDetached(content, many, nowMs)), 'cms-too-large')
  assert.equal(say(Buffer.alloc(512 * 1024 + 1)), 'cms-too-large')
  const deep = Buffer.concat([
    ...Array<Buffer>(17).fill(Buffer.from([0x30, 0x80])),
    ...Array<Buffer>(17).fill(Buffer.from([0, 0])),
  ])
  assert.equal(withDefiniteLengths(deep), undefined)
  assert.ok(withDefiniteLengths(deep.subarray(2, -2)) !== undefined)
  assert.equal(withDefiniteLengths(Buffer.concat([element(0x30), element(0x30)])), undefined)
})

test('SMI-14: no octets throw, whatever was changed in a good signature', () => {
  const cms = signDetached(content, alice, nowMs)
  const change = fc.tuple(fc.nat(cms.length - 1), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(cms.length), (changes, cut) => {
      const mutated = Buffer.from(cms)
      for (const [at, octet] of changes) mutated[at] = octet
      const said = say(cut % 3 === 0 ? mutated.subarray(0, cut) : mutated)
      if (said === 'sip:alice@example.test') assert.ok(isHarmless(cms, mutated))
    }),
    { numRuns: 300 },
  )
})

/** A change that leaves signed octets, signature and certificate alone: a version, say, or the list of digests. */
function isHarmless(before: Buffer, after: Buffer): boolean {
  const [a, b] = [parseSignedData(before), parseSignedData(after)]
  if (!a.ok || !b.ok) return false
  const [x, y] = [a.value.signers[0], b.value.signers[0]]
  return x?.signedBytes.equals(y?.signedBytes ?? Buffer.alloc(0)) === true
}

test('SMI-14: however many signers and authorities a body names, few signatures are checked', context => {
  const strangers = new UserAuthorityOfTests(nowMs)
  const keys = ecKeys()
  const issuerPublicKey = keys.publicKey.export({ type: 'spki', format: 'der' })
  const byTwin = { issuer: 'Twin', issuerPublicKey }
  const signer = strangers.user('sip:alice@example.test', byTwin)
  const asTwin = { ...byTwin, subject: 'Twin', isAuthority: true }
  const twins = Array.from({ length: 15 }, () => strangers.user('sip:twin.test', asTwin, keys))
  const certificates = [...signer.certificates, ...twins.flatMap(twin => twin.certificates)]
  const cms = repeated(signDetached(content, { ...signer, certificates }, nowMs), 8)
  const checks = context.mock.method(X509Certificate.prototype, 'verify', () => false)
  assert.equal(say(cms, [authority, new UserAuthorityOfTests(nowMs)]), 'cms-too-large')
  assert.ok(checks.mock.callCount() <= 16, `${checks.mock.callCount()}`)
})

/** With its only signer so many times. */
function repeated(cms: Buffer, times: number): Buffer {
  const inside = (bytes: Buffer | undefined) => elementsOf(bytes ?? Buffer.alloc(0)) ?? []
  const [info] = inside(cms)
  const [type, wrapped] = inside(info?.bytes)
  const [data] = inside(wrapped?.bytes)
  const fields = inside(data?.bytes)
  const bytesOf = (each: (typeof fields)[number] | undefined) =>
    each === undefined ? Buffer.alloc(0) : element(each.tag, each.bytes)
  const signers = Array.from({ length: times }, () => fields.at(-1)?.bytes ?? Buffer.alloc(0))
  const body = sequence(...fields.slice(0, -1).map(bytesOf), element(TAG.set, ...signers))
  return sequence(bytesOf(type), element(0xa0, body))
}
