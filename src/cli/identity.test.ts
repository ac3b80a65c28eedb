import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { aspisRun } from '../../test/support/aspis-run.ts'

const CALL = [
  'INVITE sip:+442079460001@b.test SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx',
  'Max-Forwards: 70',
  'From: <sip:+442071230001@a.test>;tag=1',
  'To: <sip:+442079460001@b.test>',
  'Call-ID: c1',
  'CSeq: 1 INVITE',
  'Contact: <sip:a@192.0.2.1>',
]

describe('identity on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-identity-'))
  const aspis = (...args: readonly string[]) => aspisRun(args, folder)
  const file = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\nContent-Length: 0\n\n`)
    return name
  }
  let signed: readonly string[] = []

  before(() => {
    const sign = '{key: a.stir.key, certificate: a.stir.pem, x5u: "https://certs.a.test/a.pem"}'
    writeFileSync(join(folder, 'aspis.yaml'), `domains: [a.test]\nidentity: {sign: ${sign}}\n`)
    const made = aspis(
      ...['cert', 'stir', 'a', '--number', '+442071230001', '--range', '+442079460000:100'],
      ...['--domain', 'a.test', '--permit', 'attest:A,B'],
    )
    assert.equal(made.code, 0, made.err)
  })
  after(() => rmSync(folder, { recursive: true }))

  test('STC-01, STC-02: cert stir makes a key that only its owner reads, a chain, and the authority to trust', () => {
    assert.equal(statSync(join(folder, 'a.stir.key')).mode & 0o777, 0o600)
    const chain = readFileSync(join(folder, 'a.stir.pem'), 'utf8')
    assert.equal(chain.match(/BEGIN CERTIFICATE/g)?.length, 2)
    const authority = new X509Certificate(readFileSync(join(folder, 'a.stir-authority.pem')))
    const own = new X509Certificate(chain)
    assert.ok(own.verify(authority.publicKey) && authority.ca && !own.ca)
    assert.equal(own.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  })

  test('cert stir says what it cannot write, and touches nothing that exists', () => {
    assert.match(aspis('cert', 'stir', 'b').err, /say for whom it signs/)
    assert.match(aspis('cert', 'stir', 'b', '--number', 'alice').err, /not a number/)
    assert.match(aspis('cert', 'stir', 'b', '--range', '+99:5').err, /cannot stand/)
    assert.match(aspis('cert', 'stir', '../b', '--number', '+1').err, /a name has letters/)
    assert.match(aspis('cert', 'stir', 'a', '--number', '+442071230001').err, /exists/)
  })

  test('what sign makes, verify takes', () => {
    const fields = aspis('identity', 'sign', file('call.txt', CALL))
    assert.equal(fields.code, 0, fields.err)
    signed = [...CALL, ...fields.out.trim().split('\n')]
    const { code, out } = aspis(
      'identity',
      'verify',
      file('signed.txt', signed),
      '--certificate',
      'a.stir.pem',
    )
    assert.deepEqual([code, out], [0, 'valid: 442071230001, attestation A\n'])
  })

  test('a claim of the certificate binds: attestation C is not one of its values', () => {
    const fields = aspis('identity', 'sign', 'call.txt', '--attest', 'C')
    const lines = [...CALL, ...fields.out.trim().split('\n')]
    const { code, out } = aspis('identity', 'verify', file('c.txt', lines), '--certificate', 'a.stir.pem')
    assert.deepEqual([code, out], [1, '438 Invalid Identity Header: claim-not-permitted\n'])
  })

  test('a number of somebody else is not signed', () => {
    const other = CALL.map(line => line.replace('+442071230001@', '+442071230002@'))
    const { code, err } = aspis('identity', 'sign', file('other.txt', other))
    assert.notEqual(code, 0)
    assert.match(err, /not-covered/)
  })

  test('a failing claim is explained in words, with what stands in the token and in the request', () => {
    const forged = signed.map(line => line.replace('+442071230001@', '+442071230002@'))
    const { code, out } = aspis(
      'identity',
      'explain',
      file('forged.txt', forged),
      '--certificate',
      'a.stir.pem',
    )
    assert.equal(code, 1)
    const wrong = out.split('\n').filter(line => line.startsWith('no '))
    assert.equal(wrong.length, 1, out)
    assert.match(wrong[0] ?? '', /caller in the token.*442071230001.*442071230002/)
    assert.equal(
      aspis('identity', 'verify', 'forged.txt', '--certificate', 'a.stir.pem').out,
      '438 Invalid Identity Header: orig-differs\n',
    )
  })

  test('a stale token is told by its age, as of a time that is given', () => {
    const later = new Date(Date.now() + 600_000).toISOString()
    const { out } = aspis('identity', 'verify', 'signed.txt', '--certificate', 'a.stir.pem', '--at', later)
    assert.equal(out, '403 Stale Date: iat-stale\n')
  })

  test('a message without any, and a file without a message', () => {
    const none = aspis('identity', 'verify', 'call.txt', '--certificate', 'a.stir.pem')
    assert.deepEqual(
      [none.code, none.out],
      [1, '428 Use Identity Header: there is no Identity header field\n'],
    )
    writeFileSync(join(folder, 'empty.txt'), 'nothing')
    assert.equal(aspis('identity', 'verify', 'empty.txt').code, 2)
    assert.equal(aspis('identity', 'explain', 'no-such-file').code, 2)
  })

  test('STA-02: check finds a key of another certificate, and a certificate that speaks for nobody here', () => {
    const yaml = (key: string, certificate: string, domain = 'a.test'): string => {
      const sign = `{key: ${key}, certificate: ${certificate}, x5u: "https://certs.a.test/a.pem"}`
      return `domains: [${domain}]\nidentity: {sign: ${sign}}\n`
    }
    aspis('cert', 'stir', 'names', '--domain', 'a.test')
    writeFileSync(join(folder, 'wrong-key.yaml'), yaml('names.stir.key', 'a.stir.pem'))
    assert.match(aspis('check', '-c', 'wrong-key.yaml').err, /not that of the first certificate/)
    writeFileSync(join(folder, 'nobody.yaml'), yaml('names.stir.key', 'names.stir.pem', 'z.test'))
    assert.match(aspis('check', '-c', 'nobody.yaml').err, /nothing would be signed/)
    writeFileSync(join(folder, 'authority.yaml'), yaml('a.stir.key', 'a.stir-authority.pem'))
    assert.equal(aspis('check', '-c', 'authority.yaml').code, 1)
  })
})
