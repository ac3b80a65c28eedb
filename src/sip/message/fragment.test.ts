import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseFragment, valuesIn } from './fragment.ts'
import { H } from './header-id.ts'

function read(text: string) {
  const fragment = parseFragment(text)
  assert.ok(fragment.ok, text)
  return fragment.value
}

test('RFC 3420: start line, fields and body of a fragment may each be missing', () => {
  const whole = read('INVITE sip:a@b SIP/2.0\r\nf: <sip:a@b>\r\nSubject: one\r\n two\r\n\r\nbody\r\n')
  assert.equal(whole.startLine, 'INVITE sip:a@b SIP/2.0')
  assert.deepEqual(valuesIn(whole, H.from), ['<sip:a@b>'])
  assert.equal(whole.fields[1]?.value, 'one two')
  assert.equal(whole.body, 'body\r\n')
  assert.equal(read('SIP/2.0 200 OK').startLine, 'SIP/2.0 200 OK')
  assert.deepEqual(read('Date: x\r\nDate: y'), {
    ...{ startLine: undefined, body: '' },
    fields: ['x', 'y'].map(value => ({ id: H.date, name: 'Date', value })),
  })
  assert.equal(read('\r\nbody').body, 'body')
})

test('RFC 3420: what is neither field nor start line is refused, and nothing throws', () => {
  for (const text of ['no field', ' folded', 'a: b\nc: d', 'Date: x\r\nSIP/2.0 200 OK', 'a: \0'])
    assert.equal(parseFragment(text).ok, false, JSON.stringify(text))
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('\r\n', ' ', ':', 'SIP/2.0', 'a', '\0'), { maxLength: 20 }),
      list => {
        parseFragment(list.join(''))
      },
    ),
  )
})
