import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { writeCertificate } from '../../base/x509/certificate-write.ts'
import { sipIdentities, verifyServer } from '../../mechanisms/tls/identities.ts'
import {
  ensureAuthority,
  ensureServerCertificate,
  issueClientCertificate,
  issueServerCertificate,
  pkiFiles,
} from './authority.ts'
import { checkPair } from './check-pair.ts'
import { loadCredentials } from './credentials.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const nowMs = Date.now()
const root = mkdtempSync(join(tmpdir(), 'aspis-pki-'))
after(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const newFolder = () => join(root, `${++folders}`, 'data')
const modeOf = (path: string) => statSync(path).mode & 0o777
const codesOf = (findings: ReturnType<typeof checkPair>) => findings.map(finding => finding.code)

describe('the authority of an installation', () => {
  it('is made once, with keys that only the owner can read', () => {
    const folder = newFolder()
    const first = ensureAuthority(folder, nowMs)
    assert.deepEqual(ensureAuthority(folder, nowMs + 1000), first)
    assert.equal(modeOf(join(folder, 'pki')), 0o700)
    assert.equal(modeOf(first.keyFile), 0o600)
    const certificate = new X509Certificate(first.certificate)
    assert.ok(
      certificate.ca && certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey),
    )
  })

  it('is never replaced in silence when half of it is lost or it is damaged', () => {
    const folder = newFolder()
    const files = pkiFiles(folder)
    ensureAuthority(folder, nowMs)
    writeFileSync(files.authorityCertificate, 'nonsense')
    assert.throws(() => ensureAuthority(folder, nowMs), { code: 'ERR_ASPIS_PKI_UNREADABLE' })
    rmSync(files.authorityCertificate)
    assert.throws(() => ensureAuthority(folder, nowMs), { code: 'ERR_ASPIS_PKI_HALF' })
    writeFileSync(files.authorityCertificate, ensureAuthority(newFolder(), nowMs).certificate)
    assert.throws(() => ensureAuthority(folder, nowMs), { code: 'ERR_ASPIS_PKI_MISMATCH' })
  })
})

describe('the server certificate', () => {
  const names = {
    domains: ['example.test', 'B\u00fccher.example'],
    addresses: ['edge.example.test', '127.0.0.1', '::1'],
  }

  it('speaks in SIP for every domain and host name, and for browsers by DNS and address', () => {
    const folder = newFolder()
    const pair = issueServerCertificate({ folder, nowMs, ...names })
    assert.equal(modeOf(pair.keyFile), 0o600)
    const certificate = new X509Certificate(pair.certificate)
    assert.deepEqual(sipIdentities(certificate, { keyUsage: 'sip' }), [
      'example.test',
      'xn--bcher-kva.example',
      'edge.example.test',
    ])
    assert.ok(
      certificate.checkHost('example.test') && certificate.checkIP('127.0.0.1') && certificate.checkIP('::1'),
    )
    assert.deepEqual(checkPair({ key: pair.key, cert: pair.certificate }, nowMs, names.domains), [])
  })

  it('stays while it is good, and is renewed when two thirds of its life are over or a name is missing', () => {
    const folder = newFolder()
    const first = ensureServerCertificate({ folder, nowMs, ...names })
    assert.ok(first.isNew)
    const again = ensureServerCertificate({ folder, nowMs: nowMs + 200 * DAY_MS, ...names })
    assert.equal(again.isNew, false)
    assert.equal(again.certificate, first.certificate)
    assert.ok(ensureServerCertificate({ folder, nowMs: nowMs + 300 * DAY_MS, ...names }).isNew)
    const more = { domains: [...names.domains, 'second.test'], addresses: names.addresses }
    assert.ok(ensureServerCertificate({ folder, nowMs: nowMs + 300 * DAY_MS, ...more }).isNew)
  })

  it('is refused for what is no name', () => {
    assert.throws(
      () => issueServerCertificate({ folder: newFolder(), nowMs, domains: ['a b'], addresses: [] }),
      {
        code: 'ERR_ASPIS_CERTIFICATE_NAME',
      },
    )
  })
})

describe('mutual TLS with the certificates of the house', () => {
  const folder = newFolder()
  const credentials = loadCredentials(
    { data: folder, domains: [{ name: 'example.test' }], listen: [{ ip: '0.0.0.0' }], tls: {} },
    nowMs,
  )

  it('proves the domain of each side to the other', async () => {
    const trunk = issueClientCertificate({ folder, nowMs, name: 'carrier', domains: ['carrier.test'] })
    const outcome = await handshake({ key: trunk.key, cert: trunk.certificate }, 'example.test')
    assert.equal(outcome.refusal, undefined)
    assert.deepEqual(outcome.clientIdentities, ['carrier.test'])
  })

  it('TLS-08: a server for another name is told by the domain that was asked for', async () => {
    const outcome = await handshake({}, 'other.test')
    assert.equal(outcome.refusal, 'certificate-for-another-name')
  })

  it('a client certificate of another authority proves nothing', async () => {
    const stranger = issueClientCertificate({
      folder: newFolder(),
      nowMs,
      name: 'x',
      domains: ['carrier.test'],
    })
    const outcome = await handshake({ key: stranger.key, cert: stranger.certificate }, 'example.test')
    assert.deepEqual(outcome.clientIdentities, [])
  })

  it('an expired client certificate proves nothing', async () => {
    const longAgo = nowMs - 400 * DAY_MS
    const expired = issueClientCertificate({
      folder,
      nowMs: longAgo,
      name: 'x',
      domains: ['carrier.test'],
      days: 30,
    })
    const outcome = await handshake({ key: expired.key, cert: expired.certificate }, 'example.test')
    assert.deepEqual(outcome.clientIdentities, [])
  })

  async function handshake(client: { readonly key?: string; readonly cert?: string }, domain: string) {
    const { key, cert, ca } = credentials
    const server = createServer({ key, cert, ca: [...ca], requestCert: true, rejectUnauthorized: false })
    const accepted = Promise.withResolvers<TLSSocket>()
    server.once('secureConnection', accepted.resolve)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const port = addressOf(server.address()).port
    const refused = Promise.withResolvers<string | undefined>()
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: [...ca],
      ...client,
      checkServerIdentity: (_, peer) => {
        refused.resolve(verifyServer(peer.raw, domain))
        return undefined
      },
    })
    socket.on('error', refused.reject)
    const accept = await accepted.promise
    const peer = accept.authorized ? accept.getPeerX509Certificate() : undefined
    const outcome = {
      refusal: await refused.promise,
      clientIdentities: peer === undefined ? [] : sipIdentities(peer),
    }
    socket.destroy()
    accept.destroy()
    server.close()
    return outcome
  }

  function addressOf(address: AddressInfo | string | null): AddressInfo {
    assert.ok(address !== null && typeof address === 'object')
    return address
  }
})

describe('TLS-05: what is wrong with a key and certificate is known before start', () => {
  const folder = newFolder()
  const good = issueServerCertificate({ folder, nowMs, domains: ['example.test'], addresses: [] })
  const pair = { key: good.key, cert: good.certificate }

  it('files that hold nothing of use', () => {
    assert.deepEqual(codesOf(checkPair({ key: pair.key, cert: '' }, nowMs)), ['certificate-unreadable'])
    assert.deepEqual(codesOf(checkPair({ key: '', cert: pair.cert }, nowMs)), ['key-unreadable'])
    const broken = pair.cert.replace('MII', 'MIX')
    assert.deepEqual(codesOf(checkPair({ key: pair.key, cert: broken }, nowMs)), ['certificate-unreadable'])
  })

  it('a key of another certificate', () => {
    const other = issueClientCertificate({ folder, nowMs, name: 'x', domains: [] })
    assert.deepEqual(codesOf(checkPair({ key: other.key, cert: pair.cert }, nowMs)), ['key-does-not-match'])
  })

  it('a certificate that is not yet valid, ends soon, or ended', () => {
    assert.deepEqual(codesOf(checkPair(pair, nowMs - 2 * DAY_MS)), ['certificate-not-yet-valid'])
    assert.deepEqual(codesOf(checkPair(pair, nowMs + 390 * DAY_MS)), ['certificate-expires-soon'])
    assert.deepEqual(codesOf(checkPair(pair, nowMs + 398 * DAY_MS)), ['certificate-expired'])
  })

  it('a certificate that does not speak for a domain that is served', () => {
    const findings = checkPair(pair, nowMs, ['example.test', 'other.test'])
    assert.deepEqual(codesOf(findings), ['certificate-without-domain'])
    assert.match(findings[0]?.text ?? '', /other\.test/)
  })

  it('a short RSA key, an unfit curve, a signature by SHA-1', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    for (const { privateKey, publicKey } of [rsa, curve]) {
      const cert = certificateFor(publicKey.export({ type: 'spki', format: 'der' }))
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      assert.deepEqual(codesOf(checkPair({ key, cert }, nowMs)), ['key-too-weak'])
    }
    const fit = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const cert = certificateFor(fit.publicKey.export({ type: 'spki', format: 'der' }), '1.2.840.10045.4.1')
    const key = fit.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    assert.deepEqual(codesOf(checkPair({ key, cert }, nowMs)), ['certificate-weak-signature'])
  })

  it('every certificate of the chain is looked at', () => {
    const authority = ensureAuthority(folder, nowMs)
    const cert = `${pair.cert}${authority.certificate}`
    assert.deepEqual(codesOf(checkPair({ key: pair.key, cert }, nowMs)), [])
    const expired = checkPair({ key: pair.key, cert }, nowMs + 4000 * DAY_MS)
    assert.deepEqual(codesOf(expired), ['certificate-expired', 'certificate-expired'])
  })

  function certificateFor(publicKey: Buffer, signatureAlgorithm?: string): string {
    const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const issuerPublicKey = issuer.publicKey.export({ type: 'spki', format: 'der' })
    const fields = {
      serial: Buffer.from([7]),
      issuer: 'somebody',
      subject: 'us',
      notBeforeMs: nowMs - DAY_MS,
      notAfterMs: nowMs + 100 * DAY_MS,
      publicKey,
      issuerPublicKey,
      ...(signatureAlgorithm === undefined ? {} : { signatureAlgorithm }),
    }
    const hash = signatureAlgorithm === undefined ? 'sha256' : 'sha1'
    return new X509Certificate(
      writeCertificate(fields, bytes => sign(hash, bytes, issuer.privateKey)),
    ).toString()
  }
})

describe('configured credentials', () => {
  it('are read from their files, and a missing one is named', () => {
    const data = newFolder()
    const own = issueServerCertificate({
      folder: newFolder(),
      nowMs,
      domains: ['example.test'],
      addresses: [],
    })
    const base = { data, domains: [], listen: [] }
    const tls = { certificate: own.certificateFile, key: own.keyFile, ca: own.certificateFile }
    const credentials = loadCredentials({ ...base, tls }, nowMs)
    assert.equal(credentials.cert, own.certificate)
    assert.deepEqual(credentials.ca.slice(1), [own.certificate])
    assert.throws(() => loadCredentials({ ...base, tls: { ...tls, key: join(data, 'no.key') } }, nowMs), {
      code: 'ERR_ASPIS_FILE_MISSING',
      message: /no\.key/,
    })
  })
})
