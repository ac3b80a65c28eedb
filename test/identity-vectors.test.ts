/** What the RFCs of signed identity print, as far as it is right; they are read where they lie, never copied. */
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { readClaims } from '../src/mechanisms/identity/claims.ts'
import {
  headerPart,
  isSigned,
  readHeader,
  readPart,
  splitToken,
} from '../src/mechanisms/identity/passport.ts'
import { isIntact } from '../src/mechanisms/identity/rich-call-data.ts'
import { readStirCertificate } from '../src/mechanisms/identity/stir-certificate.ts'

const RFCS = resolve(import.meta.dirname, '../../shared/rfc')
const skip = existsSync(join(RFCS, 'rfc8225.txt'))
  ? false
  : 'needs the texts of the RFCs in ../shared/rfc, which is not beside this checkout'

const textOf = (rfc: number) => readFileSync(join(RFCS, `rfc${rfc}.txt`), 'utf8')

/** Text between two marks, without blanks, line ends and the backslashes that stand for folds. */
function joined(text: string, start: string, end: string): string {
  const at = text.indexOf(start)
  assert.ok(at >= 0, start)
  return text.slice(at, text.indexOf(end, at)).replace(/[\s\\]/g, '')
}

/** The PEM block number `at`. */
function pemIn(text: string, label: string, at = 0): string {
  const blocks = [...text.matchAll(new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`, 'g'))]
  return (blocks[at]?.[0] ?? '').replace(/^ +/gm, '')
}

function verdictOf(token: string, key: KeyObject): boolean {
  const parts = splitToken(token)
  assert.ok(parts.ok, parts.ok ? '' : parts.error)
  return isSigned(parts.value.header, parts.value.payload, parts.value.signature, key)
}

function partsOf(token: string) {
  const parts = splitToken(token)
  const header = parts.ok ? readPart(parts.value.header) : parts
  const payload = parts.ok ? readPart(parts.value.payload) : parts
  assert.ok(header.ok && payload.ok)
  return { header: header.value, payload: payload.value }
}

test('the token of RFC 8224 §4.1.1 is signed by the key of RFC 8225 A.2, and its iat is a string (V-3)', {
  skip,
}, () => {
  const token = joined(textOf(8224), 'eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0', ';info')
  const key = createPublicKey(pemIn(textOf(8225), 'PUBLIC KEY'))
  assert.equal(verdictOf(token, key), true)
  const { header, payload } = partsOf(token)
  assert.equal(readHeader(header).ok, true)
  assert.deepEqual(readClaims(payload, '', false), { ok: false, error: 'iat-malformed' })
  const read = readClaims(payload, '', true)
  assert.deepEqual(read.ok && [read.value.orig, read.value.iat], [
    { kind: 'tn', value: '12155551212' },
    1_443_208_345,
  ])
})

test('the token of RFC 8225 Appendix A is signed by neither of its keys (V-4)', { skip }, () => {
  const text = textOf(8225)
  const token = joined(text.slice(text.lastIndexOf('Step 8')), 'eyJ', 'A.1.')
  const keys = [
    createPublicKey(createPrivateKey(pemIn(text, 'PRIVATE KEY'))),
    createPublicKey(pemIn(text, 'PUBLIC KEY')),
  ]
  assert.deepEqual(
    keys.map(key => verdictOf(token, key)),
    [false, false],
  )
})

test('our header is that of RFC 8225 Appendix A, octet for octet', { skip }, () => {
  assert.ok(textOf(8225).replace(/\s/g, '').includes(headerPart('', 'https://cert.example.org/passport.cer')))
})

test('the div token of RFC 8946 §3 is signed by the key of its Appendix A', { skip }, () => {
  const text = textOf(8946)
  const token = joined(text, 'eyJhbGciOiJFUzI1NiIsInBwdCI6ImRpdiIsInR5cCI6', '\n\n')
  assert.equal(verdictOf(token, createPublicKey(pemIn(text, 'PUBLIC KEY'))), true)
  const { header, payload } = partsOf(token)
  const read = readHeader(header)
  assert.equal(read.ok && read.value.ppt, 'div')
  const claims = readClaims(payload, 'div', false)
  assert.deepEqual(claims.ok && claims.value.div, { kind: 'tn', value: '121555551213' })
})

test('the certificate of RFC 9118 §5 has the constraints that its text says', { skip }, () => {
  const pem = pemIn(textOf(9118), 'CERTIFICATE')
  assert.equal(new X509Certificate(pem).publicKey.asymmetricKeyType, 'ec')
  const read = readStirCertificate(pem)
  assert.ok(read.ok)
  assert.deepEqual(read.value.numbers, [{ kind: 'spc', code: '1234' }])
  assert.deepEqual(read.value.constraints, {
    mustInclude: ['confidence'],
    permittedValues: new Map([['confidence', ['high', 'medium']]]),
    mustExclude: ['priority'],
  })
})

test('the digest of a name in RFC 9795 §8.3 is over its JSON text, quotes included', { skip }, () => {
  const digest = /"\/nam": "(sha256-[^"]+)"/.exec(textOf(9795))?.[1] ?? ''
  assert.equal(isIntact(Buffer.from('"Q Branch Spy Gadgets"'), digest), true)
})
