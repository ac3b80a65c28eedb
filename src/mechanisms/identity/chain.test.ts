import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { test } from 'node:test'
import { writeCertificate } from '../../base/x509/certificate-write.ts'
import { elementsOf } from '../../base/x509/der.ts'
import { bitString, element, oid, sequence } from '../../base/x509/der-write.ts'
import { judgeChain, trustRoots } from './chain.ts'
import { checkAuthority, withNumberList } from './credential.ts'
import type { IdentityFailure } from './failure.ts'
import { type Issued, issue, NOW_MS, PROVIDER, pemOf, ROOT, ROOTS, type Wanted } from './test-authority.ts'
import { type TnAuthList, writeTnAuthList } from './tn-auth-list.ts'

const judge = (pem: string, nowMs = NOW_MS) => judgeChain(pem, ROOTS, nowMs)

function failureOf(pem: string, nowMs = NOW_MS): IdentityFailure | undefined {
  const judged = judge(pem, nowMs)
  return judged.ok ? undefined : judged.error
}

const spc = (code: string): TnAuthList => [{ kind: 'spc', code }]
const range = (start: string, count: number): TnAuthList => [{ kind: 'range', start, count }]

/** An authority below the root, and a signer below that. */
function delegated(authority: Wanted, signer: Wanted): Issued {
  return issue(issue(ROOT, { isAuthority: true, ...authority }), signer)
}

test('a chain to a root of ours gives key, scope and the time in which all of it holds', () => {
  const judged = judge(PROVIDER.chain)
  assert.ok(judged.ok)
  assert.deepEqual(judged.value.domains, ['example.com'])
  assert.deepEqual(judged.value.numbers, range('12155550000', 10_000))
  assert.equal(judged.value.notAfterMs, NOW_MS + 86_400_000)
  assert.match(judged.value.fingerprint, /^[\da-f]{64}$/)
})

test('the root may be left out of the file', () => {
  assert.equal(failureOf(PROVIDER.pem), undefined)
})

test('nobody else is trusted, whatever the name (STC-01)', () => {
  const twin = issue(undefined, { subject: 'Test Root', isAuthority: true })
  assert.equal(failureOf(issue(twin, { numbers: spc('1') }).chain), 'certificate-untrusted')
  assert.equal(failureOf(issue(undefined, { numbers: spc('1') }).chain), 'certificate-untrusted')
})

test('a certificate that another authority signed in the name of ours is refused', () => {
  const twin: Issued = {
    ...issue(undefined, { isAuthority: true }),
    subject: 'Test Root',
    publicKey: ROOT.publicKey,
    chain: '',
  }
  assert.equal(failureOf(issue(twin, { numbers: spc('1') }).chain), 'certificate-signature-wrong')
})

test('each certificate of the chain holds now', () => {
  assert.equal(failureOf(PROVIDER.chain, NOW_MS + 86_400_001), 'certificate-expired')
  assert.equal(failureOf(PROVIDER.chain, NOW_MS - 86_400_001), 'certificate-not-yet-valid')
})

test('an authority signs no calls, and others sign no certificates', () => {
  const authority = issue(ROOT, { isAuthority: true, numbers: spc('1') })
  assert.equal(failureOf(authority.chain), 'certificate-is-authority')
  const under = issue(issue(ROOT, {}), { numbers: spc('1') })
  assert.equal(failureOf(under.chain), 'certificate-issuer-not-authority')
})

test('the length that an authority permits is kept (RFC 5280 §4.2.1.9)', () => {
  const low = issue(issue(ROOT, { isAuthority: true, maxPathLength: 0 }), { isAuthority: true })
  assert.equal(failureOf(issue(low, { numbers: spc('1') }).chain), 'certificate-path-too-long')
})

test('the key is P-256, nothing else (STC-01)', () => {
  assert.equal(failureOf(issue(ROOT, { curve: 'secp384r1' }).chain), 'certificate-key-unsupported')
  assert.equal(failureOf(issue(ROOT, { curve: 'secp256k1' }).chain), 'certificate-key-unsupported')
})

test('an authority may have RSA keys of 2048 bits, not of 1024 (STC-01)', () => {
  for (const [bits, failure] of [
    [2048, undefined],
    [1024, 'certificate-algorithm-unsupported'],
  ] as const) {
    const { publicKey: key, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
    const publicKey = key.export({ type: 'spki', format: 'der' })
    const rsa: Issued = { subject: `RSA ${bits}`, key: privateKey, keyPem: '', publicKey, pem: '', chain: '' }
    const signatureAlgorithm = '1.2.840.113549.1.1.11'
    const root = writeCertificate(
      {
        serial: Buffer.from([1]),
        issuer: rsa.subject,
        subject: rsa.subject,
        notBeforeMs: NOW_MS - 1000,
        notAfterMs: NOW_MS + 1000,
        publicKey,
        issuerPublicKey: publicKey,
        isAuthority: true,
        signatureAlgorithm,
      },
      bytes => sign('sha256', bytes, privateKey),
    )
    const judged = judgeChain(
      issue(rsa, { numbers: spc('1'), signatureAlgorithm }).pem,
      trustRoots([pemOf(root)]),
      NOW_MS,
    )
    assert.equal(judged.ok ? undefined : judged.error, failure)
  }
})

test('a chain is signed with SHA-2', () => {
  const weak = issue(ROOT, { numbers: spc('1'), signatureAlgorithm: '1.2.840.10045.4.1' })
  assert.equal(failureOf(weak.chain), 'certificate-algorithm-unsupported')
})

test('numbers are within those of the parent (STC-05)', () => {
  const parent = { numbers: range('12125551000', 1000) }
  const inside: readonly TnAuthList[] = [
    range('12125551000', 1000),
    range('12125551500', 100),
    [{ kind: 'one', number: '12125551824' }],
  ]
  for (const numbers of inside) assert.equal(failureOf(delegated(parent, { numbers }).chain), undefined)
  const outside: readonly TnAuthList[] = [
    range('12125551500', 501),
    range('12125550999', 2),
    [{ kind: 'one', number: '12125552000' }],
    [{ kind: 'one', number: '121255518' }],
    spc('1234'),
    [...range('12125551500', 100), { kind: 'one', number: '1' }],
  ]
  for (const numbers of outside)
    assert.equal(failureOf(delegated(parent, { numbers }).chain), 'certificate-scope-exceeds-parent')
})

test('a parent with a provider code may delegate numbers, if they are the provider’s (STC-05)', () => {
  const judged = judge(delegated({ numbers: spc('1234') }, { numbers: range('12125551000', 1000) }).chain)
  assert.ok(judged.ok)
  const party = { kind: 'tn', value: '12125551500' } as const
  assert.equal(
    checkAuthority(judged.value, party, () => true),
    undefined,
  )
  assert.equal(
    checkAuthority(judged.value, party, () => false),
    'number-not-authorised',
  )
})

test('a list skips authorities that have none', () => {
  const top = issue(ROOT, { isAuthority: true, maxPathLength: 1, numbers: range('1000', 10) })
  const middle = issue(top, { isAuthority: true })
  assert.equal(
    failureOf(issue(middle, { numbers: range('2000', 10) }).chain),
    'certificate-scope-exceeds-parent',
  )
  assert.equal(failureOf(issue(middle, { numbers: range('1002', 5) }).chain), undefined)
})

test('a certificate for names only speaks for no number, and one for numbers for no name', () => {
  const names = judge(issue(ROOT, { dnsNames: ['Example.COM'] }).chain)
  const numbers = judge(issue(ROOT, { numbers: spc('1') }).chain)
  assert.ok(names.ok && numbers.ok)
  const uri = { kind: 'uri', value: 'sip:alice@example.com' } as const
  const tn = { kind: 'tn', value: '12125551500' } as const
  assert.equal(
    checkAuthority(names.value, uri, () => true),
    undefined,
  )
  assert.equal(
    checkAuthority(names.value, tn, () => true),
    'number-not-authorised',
  )
  assert.equal(
    checkAuthority(numbers.value, tn, () => true),
    undefined,
  )
  assert.equal(
    checkAuthority(numbers.value, uri, () => true),
    'uri-not-authorised',
  )
})

test('sip names stand before DNS names, and wildcards for nothing (STC-06)', () => {
  const both = judge(issue(ROOT, { uris: ['sip:a.example'], dnsNames: ['b.example'] }).chain)
  assert.deepEqual(both.ok && both.value.domains, ['a.example'])
  const wild = judge(issue(ROOT, { dnsNames: ['*.example', 'c.example'] }).chain)
  assert.deepEqual(wild.ok && wild.value.domains, ['c.example'])
})

test('both kinds of claim constraints in one certificate are refused (STC-04)', () => {
  const names = element(0xa0, sequence(element(0x16, Buffer.from('x'))))
  const extensions = ['1.3.6.1.5.5.7.1.27', '1.3.6.1.5.5.7.1.33'].map(id => ({ id, value: sequence(names) }))
  assert.equal(failureOf(issue(ROOT, { extensions }).chain), 'certificate-constraints-conflict')
})

test('lists that break their syntax are refused', () => {
  const value = sequence()
  const extensions = [{ id: '1.3.6.1.5.5.7.1.26', value }]
  assert.equal(failureOf(issue(ROOT, { extensions }).chain), 'certificate-tn-list-malformed')
})

test('a list by reference is named, and counts once it was fetched (STC-03)', () => {
  const url = 'https://numbers.example/list'
  const location = element(0x86, Buffer.from(url))
  const value = sequence(sequence(oid('1.3.6.1.5.5.7.48.14'), location))
  const signer = delegated(
    { numbers: range('1000', 10) },
    { extensions: [{ id: '1.3.6.1.5.5.7.1.1', value }] },
  )
  const judged = judge(signer.chain)
  assert.ok(judged.ok)
  assert.deepEqual(judged.value.numberListUrls, [url])
  const party = { kind: 'tn', value: '1005' } as const
  assert.equal(
    checkAuthority(judged.value, party, () => true),
    'number-not-authorised',
  )
  const known = withNumberList(judged.value, writeTnAuthList(range('1002', 5)))
  assert.equal(known.ok && checkAuthority(known.value, party, () => true), undefined)
  const wide = withNumberList(judged.value, writeTnAuthList(range('1002', 50)))
  assert.equal(wide.ok ? undefined : wide.error, 'certificate-scope-exceeds-parent')
  assert.equal(withNumberList(judged.value, Buffer.from('junk')).ok, false)
})

test('an authority whose list is elsewhere is not taken for one without limits', () => {
  const location = element(0x86, Buffer.from('https://numbers.example/list'))
  const value = sequence(sequence(oid('1.3.6.1.5.5.7.48.14'), location))
  const signer = delegated({ extensions: [{ id: '1.3.6.1.5.5.7.1.1', value }] }, { numbers: spc('1') })
  assert.equal(failureOf(signer.chain), 'certificate-scope-unknown')
})

test('a file without certificates, or with too many, or with junk in one, is refused', () => {
  assert.equal(failureOf(''), 'certificate-count')
  assert.equal(failureOf('-----BEGIN CERTIFICATE-----'), 'certificate-count')
  assert.equal(failureOf(PROVIDER.pem.repeat(7)), 'certificate-count')
  assert.equal(
    failureOf('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
    'certificate-malformed',
  )
})

test('the order of the file is the path: signer first (RFC 9060 §7)', () => {
  const signer = delegated({ numbers: spc('1') }, { numbers: spc('1') })
  const blocks = signer.chain.split(/(?<=-----END CERTIFICATE-----\n)/)
  assert.equal(blocks.length, 3)
  assert.equal(failureOf(blocks.toReversed().join('')), 'certificate-is-authority')
  assert.equal(
    failureOf([blocks[0], PROVIDER.pem, blocks[1], blocks[2]].join('')),
    'certificate-issuer-not-authority',
  )
})

/** A certificate of the root's with some octets of its body changed, and signed again. */
function altered(from: string, to: string): string {
  const der = Buffer.from(issue(ROOT, { numbers: spc('1') }).pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const [body, algorithm] = elementsOf(elementsOf(der)?.[0]?.bytes ?? der) ?? []
  assert.ok(body && algorithm)
  const hex = body.bytes.toString('hex')
  assert.ok(hex.includes(from))
  const changed = sequence(Buffer.from(hex.replace(from, to), 'hex'))
  const signature = bitString(sign('sha256', changed, ROOT.key))
  return pemOf(sequence(changed, sequence(algorithm.bytes), signature))
}

test('a certificate that is not for signatures signs no calls', () => {
  // keyUsage: digitalSignature becomes keyEncipherment.
  assert.equal(failureOf(altered('03020780', '03020520')), 'certificate-usage-wrong')
})

test('a critical extension that is not understood makes a certificate unusable (RFC 5280 §4.2)', () => {
  assert.equal(failureOf(altered('0603551d13', '0603551d7f')), 'certificate-extension-unknown')
})

test('only an authority can be a root', () => {
  assert.throws(() => trustRoots([PROVIDER.pem]), { code: 'ERR_ASPIS_IDENTITY_ROOT' })
  assert.throws(() => trustRoots(['']), { code: 'ERR_ASPIS_IDENTITY_ROOT' })
})

test('a key whose exponent makes every check a burden is refused before it is used', () => {
  const odd = (bytes: number): string => {
    const octets = randomBytes(bytes)
    octets[0] = 0x80
    octets[bytes - 1] = 1
    return octets.toString('base64url')
  }
  const key = createPublicKey({ key: { kty: 'RSA', n: odd(384), e: odd(383) }, format: 'jwk' })
  const publicKey = key.export({ type: 'spki', format: 'der' })
  const heavy: Issued = { ...issue(ROOT, { isAuthority: true, publicKey, subject: 'Heavy' }), publicKey }
  const under = issue(heavy, { numbers: spc('1'), signatureAlgorithm: '1.2.840.113549.1.1.11' })
  assert.equal(failureOf(under.chain), 'certificate-algorithm-unsupported')
})

test('an authority that is limited to numbers gives no domain away (STC-05, STC-06)', () => {
  const numbers = range('12155550000', 10)
  const speaks = (authority: Wanted): IdentityFailure | undefined => {
    const judged = judge(delegated(authority, { uris: ['sip:bank.example'] }).chain)
    assert.ok(judged.ok)
    return checkAuthority(judged.value, { kind: 'uri', value: 'sip:desk@bank.example' }, () => true)
  }
  assert.equal(speaks({ numbers }), 'uri-not-authorised')
  assert.equal(speaks({ numbers, uris: ['sip:other.example'] }), 'uri-not-authorised')
  assert.equal(speaks({ numbers, uris: ['sip:bank.example'] }), undefined)
  assert.equal(speaks({}), undefined)
})
