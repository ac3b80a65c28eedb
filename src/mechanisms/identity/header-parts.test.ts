import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dateText, secondsOfDate } from '../../sip/headers/date.ts'
import { parseIdentity, writeIdentity } from './identity-header.ts'
import { mediaKeysOf } from './media-key.ts'
import { splitToken } from './passport.ts'

const URL = 'https://cert.example.org/passport.cer'

test('an Identity header field is read as it is written (STA-10)', () => {
  for (const ppt of ['', 'shaken']) {
    const read = parseIdentity(writeIdentity('..abc', URL, ppt))
    assert.deepEqual(read, { ok: true, value: { token: '..abc', info: URL, alg: 'ES256', ppt } })
  }
})

test('parameters stand in any order, with blanks, quoted or not, and unknown ones do no harm (C-13)', () => {
  const read = parseIdentity(`a.b.c ; x="a;b>" ; PPT = shaken;alg="ES256" ;y;info = <${URL};v=1>`)
  assert.deepEqual(read, {
    ok: true,
    value: { token: 'a.b.c', info: `${URL};v=1`, alg: 'ES256', ppt: 'shaken' },
  })
})

test('what breaks the grammar is refused', () => {
  const cases = [
    '',
    'a.b.c',
    `;info=<${URL}>`,
    'a.b.c;alg=ES256',
    `a.b.c;info=${URL}`,
    'a.b.c;info=<>',
    'a.b.c;info=<https://a b>',
    `a.b.c;info=<${URL}>;info=<${URL}>`,
    `a.b.c;info=<${URL}>;ppt=a;ppt=a`,
    `a.b.c;info=<${URL}>;alg=`,
    `a.b.c;info=<${URL}>;`,
    `a.b.c=;info=<${URL}>`,
    `a b.c;info=<${URL}>`,
    `a.b.c;info=<${URL}>,a.b.c;info=<${URL}>`,
    `a.b.c;info=<https://${'a'.repeat(2000)}>`,
  ]
  for (const value of cases)
    assert.deepEqual(parseIdentity(value), { ok: false, error: 'header-malformed' }, value)
})

test('more than 8 KiB is not looked at (STV-08)', () => {
  assert.deepEqual(parseIdentity(`${'a'.repeat(8193)};info=<${URL}>`), {
    ok: false,
    error: 'header-too-large',
  })
})

test('random header fields are never thrown at', () => {
  const marks = fc.constantFrom('.', ';', '=', '<', '>', '"', ' ', 'info', 'ppt', 'alg', 'a', URL, '\\', ',')
  fc.assert(
    fc.property(fc.array(marks, { maxLength: 24 }), parts => {
      const read = parseIdentity(parts.join(''))
      if (read.ok) splitToken(read.value.token)
    }),
    { numRuns: 2000 },
  )
})

test('a token has three parts, the first two or neither, and a signature of 64 octets', () => {
  const signature = Buffer.alloc(64, 1).toString('base64url')
  assert.ok(splitToken(`a.b.${signature}`).ok)
  assert.ok(splitToken(`..${signature}`).ok)
  for (const token of [
    '',
    'a',
    'a.b',
    `a..${signature}`,
    `.b.${signature}`,
    `a.b.${signature}.`,
    `a.b.c.${signature}`,
  ])
    assert.deepEqual(splitToken(token), { ok: false, error: 'token-malformed' }, token)
  for (const bad of [
    '',
    'AA',
    `${signature}A`,
    `${signature}=`,
    signature.slice(0, -1),
    `${signature.slice(0, -1)}B`,
  ])
    assert.deepEqual(splitToken(`a.b.${bad}`), { ok: false, error: 'signature-malformed' }, bad)
})

test('a Date is read as it is written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), seconds => {
      const text = dateText(seconds)
      dateText(0)
      assert.equal(secondsOfDate(text), seconds)
    }),
  )
  assert.equal(secondsOfDate('Fri, 25 Sep 2015 19:12:25 GMT'), 1_443_208_345)
  assert.equal(secondsOfDate('fri, 25 sep 2015 19:12:25 gmt'), 1_443_208_345)
})

test('a Date that cannot be, or is written otherwise, is malformed', () => {
  const cases = [
    '',
    'Thu, 25 Sep 2015 19:12:25 GMT',
    'Fri, 25 Sep 2015 24:12:25 GMT',
    'Fri, 25 Sep 2015 19:60:25 GMT',
    'Fri, 25 Sep 2015 19:12:61 GMT',
    'Mon, 30 Feb 2015 19:12:25 GMT',
    'Fri, 25 Sep 2015 19:12:25 UTC',
    'Fri, 5 Sep 2015 19:12:25 GMT ',
    'Fri  25 Sep 2015 19:12:25 GMT',
    '2015-09-25T19:12:25Z',
  ]
  for (const text of cases) assert.equal(secondsOfDate(text), undefined, text)
})

test('fingerprints are sorted, each once, without colons (STA-08)', () => {
  const body = [
    'v=0',
    'a=fingerprint:SHA-256 4a:ad:B9',
    'm=audio 1 RTP/SAVP 0',
    'a=fingerprint:sha-256 02:1A:CC',
    'a=fingerprint:sha-1 FF:00',
    'a=fingerprint:sha-256 4A:AD:B9',
    'a=rtpmap:0 PCMU/8000',
  ]
  for (const end of ['\r\n', '\n'])
    assert.deepEqual(mediaKeysOf(body.join(end)), [
      { alg: 'sha-1', dig: 'FF00' },
      { alg: 'sha-256', dig: '021ACC' },
      { alg: 'sha-256', dig: '4AADB9' },
    ])
  assert.deepEqual(mediaKeysOf('v=0\r\n'), [])
})

test('one fingerprint that cannot be read spoils them all', () => {
  for (const line of ['sha-256', 'sha-256 4A:XX', 'sha-256 4A 4A', ''])
    assert.equal(mediaKeysOf(`v=0\r\na=fingerprint:sha-256 4A\r\na=fingerprint:${line}\r\n`), undefined, line)
})
