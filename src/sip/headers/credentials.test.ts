import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIMITS } from '../../base/limits.ts'
import { parseAuthParams, parseChallenge, parseCredentials, writeQuoted } from './credentials.ts'

const param = (text: string, name: string) => {
  const row = parseCredentials(text)
  return row.ok ? row.value.params.get(name) : 'malformed'
}

test('a row is a scheme and parameters, names in lower case, values without quotes', () => {
  const row = parseCredentials('DiGest Username="alice", REALM="example.test" ,nc=00000001,qop=auth')
  assert.ok(row.ok)
  assert.equal(row.value.scheme, 'digest')
  assert.equal(row.value.token68, undefined)
  assert.deepEqual(row.value.params.entries(), [
    ['username', 'alice'],
    ['realm', 'example.test'],
    ['nc', '00000001'],
    ['qop', 'auth'],
  ])
})

test('DIG-11: backslash escapes are removed from quoted strings', () => {
  assert.equal(param('Digest realm="a\\"b\\\\c\\d"', 'realm'), 'a"b\\cd')
  assert.equal(param('Digest realm=""', 'realm'), '')
  assert.equal(param('Digest realm="a,b=c"', 'realm'), 'a,b=c')
})

test('blanks and empty elements between parameters mean nothing', () => {
  assert.equal(param('  Digest\t a = "1" ,, \t b=2 , ', 'b'), '2')
  assert.equal(param('Digest a=1,', 'a'), '1')
})

test('a parameter that stands twice is refused, in any case of letters', () => {
  assert.equal(param('Digest realm="a",realm="a"', 'realm'), 'malformed')
  assert.equal(param('Digest realm="a",Realm="b"', 'realm'), 'malformed')
})

test('MSG-16: the number of parameters is bounded', () => {
  const row = (count: number) => `Digest ${Array.from({ length: count }, (_, i) => `p${i}=1`).join(',')}`
  assert.equal(param(row(LIMITS.maxAuthParams), 'p0'), '1')
  assert.equal(param(row(LIMITS.maxAuthParams + 1), 'p0'), 'malformed')
})

test('what is no row is refused by name', () => {
  const rows = [
    '',
    ' ',
    '=',
    '"Digest" a=1',
    'Digest,a=1',
    'Digest a, b=1',
    'Digest a= , b=1',
    'Digest a="1',
    'Digest a="1\\',
    'Digest a="1\\"',
    'Digest a="1"b=2',
    'Digest a=1 b=2',
    'Digest a=1"2"',
    'Digest a=b\\c',
    'Digest a="\u0001"',
    'Digest a="\\\u0000"',
    'Digest a="\u007f"',
    'Digest a=\u0000',
    'Digest a\u0000=1',
    'Digest a=\u00ff',
    'Digest @=1',
  ]
  for (const text of rows) {
    const row = parseCredentials(text)
    assert.ok(!row.ok, JSON.stringify(text))
    assert.equal(row.error.refusal, 'credentials-malformed')
    assert.equal(row.error.status, 400)
  }
})

test('schemes without parameters keep their blob', () => {
  for (const [text, blob] of [
    ['Basic YTpi', 'YTpi'],
    ['Bearer a.b-c_d~e+/f==  ', 'a.b-c_d~e+/f=='],
  ] as const) {
    const row = parseCredentials(text)
    assert.ok(row.ok)
    assert.equal(row.value.token68, blob)
    assert.equal(row.value.params.size, 0)
  }
  const row = parseChallenge('Bearer realm="x", scope=y')
  assert.ok(row.ok && row.value.token68 === undefined && row.value.params.get('scope') === 'y')
})

test('Authentication-Info is parameters without a scheme', () => {
  const info = parseAuthParams('qop=auth, rspauth="ab", nextnonce="n"')
  assert.ok(info.ok && info.value.get('rspauth') === 'ab' && info.value.get('nextnonce') === 'n')
})

test('what is quoted comes back as it was', () => {
  const printable = fc.string({
    unit: fc
      .integer({ min: 32, max: 255 })
      .filter(c => c !== 127)
      .map(c => String.fromCharCode(c)),
  })
  fc.assert(
    fc.property(printable, text => {
      assert.equal(param(`Digest a=${writeQuoted(text)},b=1`, 'a'), text)
    }),
  )
})

test('no text throws', () => {
  const pieces = fc.constantFrom('Digest', ' ', 'a', '=', ',', '"', '\\', '\u0000', '\u00ff', 'nc=1')
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map(list => list.join('')),
  )
  fc.assert(
    fc.property(text, row => {
      parseCredentials(row)
      parseChallenge(row)
      parseAuthParams(row)
    }),
  )
})

test('the work grows linearly with the length', () => {
  const worst = [',', ' ', '\\', '"', 'a=', 'a', '=']
  for (const unit of worst) {
    const text = `Digest a="${unit.repeat(65_536)}`
    const before = process.cpuUsage()
    parseCredentials(text)
    parseCredentials(`Digest ${unit.repeat(65_536)}`)
    assert.ok(process.cpuUsage(before).user < 200_000, unit)
  }
})
