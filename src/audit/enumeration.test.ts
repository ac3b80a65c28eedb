import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inventedNames, shapeOf, tellingLine } from './enumeration.ts'
import { Heard } from './heard.ts'

const FROM = { ip: '192.0.2.1', port: 5060 }

function answer(name: string, status: string, ...more: readonly string[]): readonly string[] {
  const tag = Math.random().toString(16).slice(2)
  const lines = [`SIP/2.0 ${status}`, `To: <sip:${name}@example.test>;tag=${tag}`, ...more, '', '']
  return shapeOf(new Heard(lines.join('\r\n'), FROM, 0), name)
}

test('answers that differ by name, tag and nonce alone are alike', () => {
  const challenge = (nonce: string): string => `WWW-Authenticate: Digest realm="r", nonce="${nonce}"`
  const known = [answer('dave', '401 No', challenge('ab')), answer('dave', '401 No', challenge('cd'))]
  const invented = [answer('qzxv', '401 No', challenge('ef')), answer('jwky', '401 No', challenge('01'))]
  assert.equal(tellingLine(known, invented), undefined)
})

test('a field that only one kind has, a longer nonce and another reason tell them apart', () => {
  const known = [answer('dave', '401 No'), answer('dave', '401 No')]
  assert.ok(
    tellingLine(known, [
      answer('qzxv', '401 No', 'Warning: 399 x y'),
      answer('jwky', '401 No', 'Warning: 399 x y'),
    ]),
  )
  assert.ok(tellingLine(known, [answer('qzxv', '401 Never'), answer('jwky', '401 Never')]))
  const long = answer('dave', '401 No', 'WWW-Authenticate: Digest nonce="abc"')
  const short = answer('qzxv', '401 No', 'WWW-Authenticate: Digest nonce="ab"')
  assert.ok(tellingLine([long], [short]))
})

test('what changes from answer to answer tells nothing', () => {
  const known = [answer('dave', '401 No', 'X: p'), answer('dave', '401 No', 'X: q')]
  assert.equal(
    tellingLine(known, [answer('qzxv', '401 No', 'X: r'), answer('jwky', '401 No', 'X: r')]),
    undefined,
  )
})

test('an invented name has the form of the known one, and is another', () => {
  for (const known of ['dave', '1004', 'anna.b-7']) {
    for (const name of inventedNames(known)) {
      assert.equal(name.length, known.length)
      assert.notEqual(name, known)
      assert.equal(
        name.replace(/[a-z]/g, 'a').replace(/\d/g, '1'),
        known.replace(/[a-z]/g, 'a').replace(/\d/g, '1'),
      )
    }
  }
})
