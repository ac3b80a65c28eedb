import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { checkServerIdentity } from 'node:tls'
import fc from 'fast-check'
import { readCertificate } from '../../base/x509/certificate.ts'
import { type CertificateFields, KEY_PURPOSE, writeCertificate } from '../../base/x509/certificate-write.ts'
import { sipIdentities, verifyServer } from './identities.ts'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' })

function certificate(fields: Partial<CertificateFields>): Buffer {
  return writeCertificate(
    {
      serial: Buffer.from([1, 2, 3]),
      issuer: 'test',
      subject: 'test',
      notBeforeMs: Date.UTC(2026, 0),
      notAfterMs: Date.UTC(2046, 0),
      publicKey,
      issuerPublicKey: publicKey,
      ...fields,
    },
    bytes => sign('sha256', bytes, pair.privateKey),
  )
}

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/)
const domain = fc.array(label, { minLength: 2, maxLength: 4 }).map(labels => labels.join('.'))
const recased = fc
  .tuple(domain, fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }))
  .map(([name, up]) => [...name].map((c, at) => (up[at % up.length] ? c.toUpperCase() : c)).join(''))

describe('TLS-06: the SIP identities of a certificate (RFC 5922 §7.1)', () => {
  it('a sip URI without user part is an identity, and DNS names beside it are none', () => {
    const der = certificate({ uris: ['sip:Example.com'], dnsNames: ['other.example'] })
    assert.deepEqual(sipIdentities(der), ['example.com'])
    assert.equal(verifyServer(der, 'example.com'), undefined)
    assert.equal(verifyServer(der, 'other.example'), 'certificate-for-another-name')
  })

  it('a DNS name beside a foreign sip URI proves nothing, where the check of Node believes it', () => {
    const der = certificate({ uris: ['sip:foreign.example'], dnsNames: ['victim.example'] })
    assert.equal(verifyServer(der, 'victim.example'), 'certificate-for-another-name')
    const legacy = new X509Certificate(der).toLegacyObject()
    assert.equal(checkServerIdentity('victim.example', legacy), undefined)
  })

  it('URIs with a user part or another scheme are no identities, and leave the DNS names valid', () => {
    const uris = ['sip:alice@example.com', 'sips:example.net', 'https://example.org', 'im:example.com']
    const der = certificate({ uris, dnsNames: ['edge.example'] })
    assert.deepEqual(sipIdentities(der), ['edge.example'])
    assert.deepEqual(sipIdentities(certificate({ uris })), [])
  })

  it('port, parameters and header part of the URI are no part of the identity', () => {
    const uris = [
      'sip:a.example:5061',
      'SIP:b.example;transport=tls',
      'sip:c.example?x=y',
      'sip:[2001:DB8::1]:5061',
    ]
    assert.deepEqual(sipIdentities(certificate({ uris })), [
      'a.example',
      'b.example',
      'c.example',
      '2001:db8::1',
    ])
  })

  it('the common name counts only without any subjectAltName, and only when allowed', () => {
    const bare = certificate({ subject: 'cn.example' })
    assert.deepEqual(sipIdentities(bare), [])
    assert.equal(verifyServer(bare, 'cn.example'), 'certificate-without-identity')
    assert.equal(verifyServer(bare, 'cn.example', { acceptCommonName: true }), undefined)
    for (const names of [
      { uris: ['sips:x.example'] },
      { ipAddresses: ['192.0.2.1'] },
      { dnsNames: ['d.example'] },
    ]) {
      const der = certificate({ subject: 'cn.example', ...names })
      assert.ok(!sipIdentities(der, { acceptCommonName: true }).includes('cn.example'))
    }
  })

  it('an address in the subjectAltName is no SIP identity', () => {
    const der = certificate({ ipAddresses: ['192.0.2.1', '2001:db8::1'] })
    assert.equal(verifyServer(der, '192.0.2.1'), 'certificate-without-identity')
  })

  it('a NUL, a blank or a non-ASCII byte makes a name unusable', () => {
    for (const bad of [
      'example.com\0.evil.example',
      'example.com ',
      'ex\u00e4mple.com',
      '',
      'a..b',
      '-a.example',
    ]) {
      assert.deepEqual(sipIdentities(certificate({ dnsNames: [bad] })), [], JSON.stringify(bad))
      assert.deepEqual(sipIdentities(certificate({ uris: [`sip:${bad}`] })), [], JSON.stringify(bad))
      assert.deepEqual(sipIdentities(certificate({ subject: bad }), { acceptCommonName: true }), [])
    }
  })

  it('an unusable sip URI still keeps the DNS names out', () => {
    const der = certificate({ uris: ['sip:example.com\0'], dnsNames: ['example.com'] })
    assert.equal(verifyServer(der, 'example.com'), 'certificate-without-identity')
  })
})

describe('TLS-07: names are compared whole', () => {
  it('whatever the case, the same name matches and no other does', () => {
    fc.assert(
      fc.property(recased, recased, fc.boolean(), (held, asked, byUri) => {
        const der = certificate(byUri ? { uris: [`sip:${held}`] } : { dnsNames: [held] })
        assert.equal(verifyServer(der, held.toUpperCase()), undefined)
        assert.equal(verifyServer(der, asked) === undefined, held.toLowerCase() === asked.toLowerCase())
        assert.equal(verifyServer(der, `sub.${held}`), 'certificate-for-another-name')
        assert.equal(verifyServer(der, held.slice(held.indexOf('.') + 1)), 'certificate-for-another-name')
      }),
      { numRuns: 40 },
    )
  })

  it('a wildcard and a leading dot match nothing', () => {
    for (const pattern of ['*.example.com', '.example.com', '*', 'f*.example.com', '*.com']) {
      for (const der of [certificate({ dnsNames: [pattern] }), certificate({ uris: [`sip:${pattern}`] })]) {
        assert.equal(verifyServer(der, 'foo.example.com'), 'certificate-without-identity', pattern)
      }
      assert.equal(verifyServer(certificate({ dnsNames: ['foo.example.com'] }), pattern), 'domain-malformed')
    }
  })

  it('an internationalized domain is compared as its A-label', () => {
    const der = certificate({ dnsNames: ['xn--bcher-kva.example'] })
    assert.equal(verifyServer(der, 'B\u00fccher.example'), undefined)
    assert.equal(verifyServer(der, 'xn--BCHER-kva.example'), undefined)
    assert.equal(verifyServer(der, 'bucher.example'), 'certificate-for-another-name')
  })

  it('the closing dot of the root is no part of the name', () => {
    assert.equal(verifyServer(certificate({ dnsNames: ['example.com'] }), 'example.com.'), undefined)
  })
})

describe('TLS-09: extended key usage (RFC 5924 §5)', () => {
  const named = (extendedKeyUsages: readonly string[]) =>
    certificate({ dnsNames: ['a.example'], extendedKeyUsages })
  const email = '1.3.6.1.5.5.7.3.4'

  it('none at all and id-kp-sipDomain are fit under every policy', () => {
    for (const keyUsage of ['public', 'sip'] as const) {
      for (const usages of [[], [KEY_PURPOSE.sipDomain], [email, KEY_PURPOSE.sipDomain]]) {
        assert.equal(verifyServer(named(usages), 'a.example', { keyUsage }), undefined)
      }
    }
  })

  it('serverAuth and clientAuth are fit by default and not under the policy of RFC 5924', () => {
    for (const usage of [KEY_PURPOSE.server, KEY_PURPOSE.client]) {
      assert.equal(verifyServer(named([usage]), 'a.example'), undefined)
      assert.equal(verifyServer(named([usage]), 'a.example', { keyUsage: 'sip' }), 'certificate-wrong-usage')
    }
  })

  it('another usage is refused and yields no identity; any usage needs leave', () => {
    assert.equal(verifyServer(named([email]), 'a.example'), 'certificate-wrong-usage')
    assert.deepEqual(sipIdentities(named([email])), [])
    assert.equal(verifyServer(named([KEY_PURPOSE.any]), 'a.example'), 'certificate-wrong-usage')
    const leave = { keyUsage: 'sip', acceptAnyKeyUsage: true } as const
    assert.equal(verifyServer(named([KEY_PURPOSE.any]), 'a.example', leave), undefined)
  })
})

describe('a certificate is bytes from a stranger', () => {
  const whole = certificate({ uris: ['sip:example.com'], dnsNames: ['a.example'], subject: 'cn' })

  it('no bytes make the reader throw, and cut bytes are malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        assert.deepEqual(sipIdentities(Buffer.from(bytes)), [])
      }),
    )
    for (let length = 0; length < whole.length; length += 1) {
      assert.equal(verifyServer(whole.subarray(0, length), 'example.com'), 'certificate-malformed')
    }
  })

  it('one changed byte never makes the reader throw nor adds a name but by changing one', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(whole)
        changed[at] = (changed[at] ?? 0) ^ flip
        assert.ok(sipIdentities(changed).length <= 1)
      }),
    )
  })

  it('an extension that occurs twice makes the certificate malformed', () => {
    const purposes = certificate({ dnsNames: ['a.example'], extendedKeyUsages: [KEY_PURPOSE.server] })
    const twice = Buffer.from(purposes.toString('latin1').replace('\x55\x1d\x25', '\x55\x1d\x11'), 'latin1')
    assert.equal(verifyServer(twice, 'a.example'), 'certificate-malformed')
  })

  it('what is written is what OpenSSL and the reader read', () => {
    const read = readCertificate(whole)
    assert.ok(read.ok)
    assert.deepEqual(read.value.uris, ['sip:example.com'])
    assert.deepEqual(read.value.dnsNames, ['a.example'])
    assert.deepEqual(read.value.commonNames, ['cn'])
    assert.equal(read.value.extendedKeyUsages, undefined)
    const theirs = new X509Certificate(whole)
    assert.equal(theirs.subjectAltName, 'URI:sip:example.com, DNS:a.example')
    assert.ok(theirs.verify(pair.publicKey))
    assert.deepEqual(sipIdentities(theirs), ['example.com'])
  })
})
