import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { H, headerIdAt, headerIdOf, headerName, lengthOfName, usualNameAt } from './header-id.ts'

const known = Object.entries(H).filter(([key]) => key !== 'unknown')

test('every number has one name, and every name its number in any case', () => {
  const names = new Set<string>()
  for (const [key, id] of known) {
    const name = headerName(id)
    assert.notEqual(name, '', key)
    for (const form of [name, name.toLowerCase(), name.toUpperCase()])
      assert.equal(headerIdOf(form), id, form)
    names.add(name.toLowerCase())
  }
  assert.equal(names.size, known.length)
  assert.equal(new Set(known.map(([, id]) => id)).size, known.length)
})

test('MSG-02: compact forms are the fields that RFC 3261 §20 and the registry name, in either case', () => {
  const compact = {
    a: H.acceptContact,
    b: H.referredBy,
    c: H.contentType,
    d: H.requestDisposition,
    e: H.contentEncoding,
    f: H.from,
    i: H.callId,
    j: H.rejectContact,
    k: H.supported,
    l: H.contentLength,
    m: H.contact,
    o: H.event,
    r: H.referTo,
    s: H.subject,
    t: H.to,
    u: H.allowEvents,
    v: H.via,
    x: H.sessionExpires,
    y: H.identity,
  }
  for (let code = 0; code < 256; code++) {
    const letter = String.fromCharCode(code)
    const expected = Object.entries(compact).find(([key]) => key === letter || key.toUpperCase() === letter)
    assert.equal(headerIdOf(letter), expected?.[1] ?? H.unknown, letter)
  }
})

test('a name that is nearly one is unknown', () => {
  const names = known.map(([, id]) => headerName(id))
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.nat(30),
      fc.string({ unit: 'binary-ascii', maxLength: 1 }),
      (name, at, char) => {
        const changed = `${name.slice(0, at)}${char}${name.slice(at + 1)}`
        const same = names.find(each => each.toLowerCase() === changed.toLowerCase())
        if (changed.length > 1)
          assert.equal(headerIdOf(changed), same === undefined ? 0 : headerIdOf(same), changed)
      },
    ),
  )
  for (const name of ['', ' ', 'Vi\xe1', 'Call_ID', 'Call-ID ', 'From\0', 'x'.repeat(400)])
    assert.equal(headerIdOf(name), 0, name)
})

test('a name is read where it lies', () => {
  const octets = Buffer.from('\r\ncall-id: x', 'latin1')
  assert.equal(headerIdAt(octets, 2, 9), H.callId)
  assert.equal(headerIdAt(octets, 2, 8), H.unknown)
  assert.equal(headerIdAt(octets, 2, 2), H.unknown)
})

test('the quick look finds a full name that a colon follows, and no other text but one with CR for a hyphen', () => {
  const look = (text: string): number => {
    const octets = Buffer.alloc(128)
    octets.write(`..${text}`, 'latin1')
    return usualNameAt(octets, new DataView(octets.buffer, octets.byteOffset, octets.length), 2)
  }
  const names = known.map(([, id]) => headerName(id))
  for (const name of names) {
    for (const form of [name, name.toLowerCase(), name.toUpperCase()])
      assert.equal(look(`${form}: x`), headerIdOf(name), form)
    assert.equal(lengthOfName(look(`${name}:`)), name.length)
  }
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(30), fc.nat(255), (name, at, code) => {
      const changed = name.slice(0, at) + String.fromCharCode(code) + name.slice(at + 1)
      const colon = changed.indexOf(':')
      const text = colon < 0 ? changed : changed.slice(0, colon)
      const meant = text.length === 1 ? 0 : headerIdOf(text.replaceAll('\r', '-'))
      assert.equal(look(`${changed}: x`), meant)
    }),
  )
  for (const text of ['', 'v: x', 'To : x', 'Tox: x', 'Vi: x', '\r\n', ':', 'Subjec: x'])
    assert.equal(look(text), 0, text)
})
