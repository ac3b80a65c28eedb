import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contentOf, dispositionOf, fieldOf, paramOf, parseEntity, parseMediaType, typeOf } from './mime.ts'
import { bodyEntity, partById, partsOf, writeMultipart } from './multipart.ts'

function read(body: string, contentType: string) {
  const type = parseMediaType(contentType)
  assert.ok(type.ok)
  return partsOf(body, type.value)
}

const octets = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
  maxLength: 200,
})

test('SMI-01: what is written is read back, binary bodies octet for octet, two levels deep', () => {
  fc.assert(
    fc.property(fc.array(octets, { minLength: 1, maxLength: 5 }), bodies => {
      const parts = bodies.map(body => `Content-Type: application/octet-stream\r\n\r\n${body}`)
      const inner = writeMultipart('multipart/alternative', parts, 'inner-00aa')
      const outer = writeMultipart(
        'multipart/mixed',
        [`Content-Type: ${inner.contentType}\r\n\r\n${inner.body}`],
        'outer-00bb',
      )
      const [only, ...left] = good(read(outer.body, outer.contentType))
      assert.ok(only !== undefined && left.length === 0)
      const type = good(typeOf(only))
      assert.deepEqual(
        good(partsOf(only.body, type)).map(part => part.body),
        bodies,
      )
    }),
  )
})

test('SMI-01: a line that only begins like the boundary is content, and so is the boundary within a line', () => {
  const body = '--b\r\n\r\nx --b\r\n--bc\r\n--b-\r\n\r\n--b-- and more\r\n--b--'
  const parts = good(read(body, 'multipart/mixed;boundary=b'))
  assert.deepEqual(
    parts.map(part => part.body),
    ['x --b\r\n--bc\r\n--b-\r\n\r\n--b-- and more'],
  )
})

test('SMI-01: preamble and epilogue are no parts; blanks behind a boundary are part of its line', () => {
  const body = 'read me\r\n--b \t\r\nA: 1\r\n\r\none\r\n--b--\r\nthe end'
  const [part] = good(read(body, 'Multipart/Mixed; boundary="b"'))
  assert.equal(part?.text, 'A: 1\r\n\r\none')
  assert.equal(part === undefined ? undefined : fieldOf(part, 'a'), '1')
})

test('SMI-14: a boundary that never ends, is missing or too long is refused; so are too many parts and levels', () => {
  assert.deepEqual(fault(read('--b\r\n\r\nx\r\n', 'multipart/mixed;boundary=b')), 'boundary-malformed')
  assert.deepEqual(fault(read('--b--', 'multipart/mixed;boundary=b')), 'boundary-malformed')
  assert.deepEqual(fault(read('--b--', 'multipart/mixed')), 'boundary-malformed')
  const long = 'x'.repeat(71)
  assert.deepEqual(fault(read(`--${long}--`, `multipart/mixed;boundary=${long}`)), 'boundary-malformed')
  const many = writeMultipart('multipart/mixed', Array<string>(65).fill('\r\nx'), 'b')
  assert.deepEqual(fault(read(many.body, many.contentType)), 'part-too-many')
  let nested = { contentType: 'text/plain', body: 'x' }
  for (let level = 0; level < 50; level++) {
    const part = `Content-Type: ${nested.contentType}\r\n\r\n${nested.body}`
    nested = writeMultipart('multipart/mixed', [part], `level-${level}`)
  }
  assert.deepEqual(fault(partById(bodyEntity(nested.body, nested), '<x@y>')), 'part-too-many')
})

test('RFB-03: a part is found by its Content-ID at any level; two with one Content-ID are none', () => {
  const part = (id: string, body: string) => `Content-ID: <${id}>\r\n\r\n${body}`
  const inner = writeMultipart('multipart/mixed', [part('a@t', 'one'), part('b@t', 'two')], 'in')
  const outer = writeMultipart(
    'multipart/mixed',
    [part('c@t', 'three'), `Content-Type: ${inner.contentType}\r\n\r\n${inner.body}`],
    'out',
  )
  const body = bodyEntity(outer.body, outer)
  assert.equal(good(partById(body, '<b@t>'))?.body, 'two')
  assert.equal(good(partById(body, '<B@t>')), undefined)
  const twice = writeMultipart('multipart/mixed', [part('a@t', 'one'), part('a@t', 'two')], 'in')
  assert.equal(fault(partById(bodyEntity(twice.body, twice), '<a@t>')), 'content-id-repeated')
})

test('SMI-01: fields are unfolded; one that decides is refused when it stands twice', () => {
  const entity = good(parseEntity('Content-Disposition: AIB;\r\n handling=optional\r\n\r\nx'))
  assert.equal(fieldOf(entity, 'content-disposition'), 'AIB; handling=optional')
  assert.equal(dispositionOf(entity), 'aib')
  const twice = 'Content-Type: text/plain\r\ncontent-type: text/html\r\n\r\n'
  assert.equal(fault(parseEntity(twice)), 'content-type-malformed')
  for (const text of ['x', 'A: 1\r\n', ' folded\r\n\r\n', 'no colon\r\n\r\n', 'a:\nb\r\n\r\n'])
    assert.equal(fault(parseEntity(text)), 'part-malformed', JSON.stringify(text))
})

test('SMI-01: media types are read without case, parameters without their quotes', () => {
  const type = good(parseMediaType('Multipart/Signed ; micalg=sha-256; boundary="a \\"b"'))
  assert.equal(type.name, 'multipart/signed')
  assert.equal(paramOf(type, 'boundary'), 'a "b')
  assert.equal(paramOf(type, 'protocol'), undefined)
  for (const text of ['', 'text', '/plain', 'text/', 'text/plain;', 'text/plain;a=1;a=2', 'a b/c'])
    assert.equal(parseMediaType(text).ok, false, text)
})

test('SMI-01: base64 is decoded, an encoding that we do not know is refused', () => {
  const content = (encoding: string, body: string) =>
    contentOf(good(parseEntity(`Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}`)))
  assert.equal(good(content('BASE64', 'aGFs\r\nbG8=')).toString(), 'hallo')
  assert.equal(good(content('binary', '\xff\0')).toString('latin1'), '\xff\0')
  for (const [encoding, body] of [
    ['base64', 'aGF'],
    ['base64', '!!!!'],
    ['quoted-printable', 'x'],
  ] as const)
    assert.equal(fault(content(encoding, body)), 'transfer-encoding-unknown')
})

test('SMI-14: nothing that comes as a body throws', () => {
  const pieces = fc
    .array(
      fc.constantFrom(
        '--b',
        '--b--',
        '\r\n',
        '\r\n\r\n',
        'Content-Type: multipart/mixed;boundary=b',
        'x: ',
        '\0',
        '"',
        ';',
      ),
      {
        maxLength: 30,
      },
    )
    .map(list => list.join(''))
  fc.assert(
    fc.property(fc.oneof(pieces, octets), body => {
      partById(bodyEntity(body, { contentType: 'multipart/mixed;boundary=b' }), '<x@y>')
      parseEntity(body)
      parseMediaType(body)
    }),
  )
})

function good<T, E>(result: { ok: true; value: T } | { ok: false; error: E }): T {
  if (result.ok) return result.value
  assert.fail(String(result.error))
}

function fault<T, E>(result: { ok: true; value: T } | { ok: false; error: E }): E | undefined {
  return result.ok ? undefined : result.error
}
