import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIMITS } from '../base/limits.ts'
import { lineEnds, lineRoom, plainLines } from './plain-lines.ts'

/** The same, read plainly: undefined when the lines are not plain. */
function endsOf(text: string, at: number): number[] | undefined {
  const ends: number[] = []
  for (;;) {
    const end = text.indexOf('\r\n', at)

    if (end < 0 || /[\0-\x0d]/.test(text.slice(at, end)) || /^[ \t]/.test(text.slice(end + 2)))
      return undefined
    ends.push(end)
    at = end + 2
    if (text.startsWith('\r\n', at)) return ends
  }
}

function look(text: string, at: number): number[] | undefined {
  // What was there before must not matter.
  lineRoom.fill('\r\n', 0, text.length + 200)
  lineRoom.write(`${text}\0`, 'latin1')
  const count = plainLines(at)
  return count < 0 ? undefined : [...lineEnds.subarray(0, count)]
}

test('the ends of plain lines are found wherever they lie, and what is not plain is told', () => {
  const piece = fc.oneof(
    fc.constantFrom('\r\n', '\r\n', '\r\n\r\n', 'a', ':', ' ', 'Subject: a line of more than sixteen octets'),
    fc.constantFrom('\r', '\n', '\t', '\0', '\x0e', '\x7f', '\x80', '\xff'),
    fc.nat(255).map(code => String.fromCharCode(code)),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(20), (pieces, at) => {
      const text = `${'x'.repeat(at)}y${pieces.join('')}`
      assert.deepEqual(look(text, at), endsOf(text, at))
      const ended = `${text}\r\n\r\n`
      assert.deepEqual(look(ended, at), endsOf(ended, at))
    }),
    { numRuns: 3000 },
  )
})

test('every octet at every place of sixteen counts as what it is', () => {
  for (let code = 0; code < 256; code++) {
    for (let place = 0; place < 32; place++) {
      const text = `${'x'.repeat(place)}${String.fromCharCode(code)}x\r\nab\r\n\r\n`
      assert.deepEqual(look(text, 0), endsOf(text, 0), `${code} at ${place}`)
    }
  }
})

test('more lines than a message may have are not counted', () => {
  const text = (count: number): string => `${'a\r\n'.repeat(count)}\r\n`
  assert.equal(look(text(LIMITS.maxHeaders), 0)?.length, LIMITS.maxHeaders)
  assert.equal(look(text(LIMITS.maxHeaders + 1), 0), undefined)
})
