import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { type FramingLimits, StreamFramer } from './framing.ts'
import { endOfWholeMessage } from './whole-message.ts'

const limits: FramingLimits = { maxStartLineBytes: 40, maxHeadersBytes: 200, maxBodyBytes: 60 }

const START = 'M sip:a@b SIP/2.0\r\n'

test('an ordinary message is cut where its Content-Length says, wherever it stands', () => {
  for (const row of [
    'Content-Length: 3',
    'l: 3',
    'Content-Length: 003',
    'To: x\r\nContent-Length: 3\r\nFrom: y',
  ]) {
    const text = `${START}${row}\r\n\r\nabc`
    assert.equal(endOfWholeMessage(text, 0, limits), text.length, row)
    assert.equal(endOfWholeMessage(`${text}${text}M`, text.length, limits), text.length * 2, row)
  }
})

test('what is not complete, or not as usual, is left to the framer (MSG-04)', () => {
  const heads = [
    'Content-Length: 4',
    'Content-Length: 61',
    'Content-Length: 3\r\nContent-Length: 3',
    'Content-Length: 3\r\nl: 3',
    'Content-Length: 3\r\nCONTENT-LENGTH : 4',
    'Content-Length: 3\r\n ',
    'Content-Length: 3\r\n\t4',
    'Content-Length:\r\n 3',
    'Content-Length: -1',
    'Content-Length: 3, 3',
    'Content-Length: 0000003',
    'Content-Length: ',
    'Content-Length:3',
    'content-length: 3',
    'L: 3',
    'Subject: none',
    'A: b\nContent-Length: 3',
    'A: b\rC: d\r\nContent-Length: 3',
    `X: ${'y'.repeat(200)}\r\nContent-Length: 3`,
  ]
  for (const head of heads) {
    assert.equal(endOfWholeMessage(`${START}${head}\r\n\r\nabc`, 0, limits), -1, head)
  }
  assert.equal(endOfWholeMessage(`${START}l: 0\r\n`, 0, limits), -1)
  assert.equal(endOfWholeMessage(START.slice(0, -1), 0, limits), -1)
  assert.equal(endOfWholeMessage(`M${' '.repeat(40)}\r\nl: 0\r\n\r\n`, 0, limits), -1)
})

/** The framer byte by byte: never a whole message in a chunk, so never the short way. */
function byBytes(text: string): { first: string | undefined; error: string | undefined } {
  const framer = new StreamFramer(limits)
  for (const byte of Buffer.from(text, 'latin1')) {
    const { messages, broken } = framer.feed(Buffer.of(byte), 0)
    if (messages.length > 0 || broken !== undefined) return { first: messages[0], error: broken?.error }
  }
  return { first: undefined, error: undefined }
}

const row = fc.constantFrom(
  'To: a',
  'Contact: <sip:a@b>',
  'Call-ID: labels',
  'c: text/plain',
  'Content-Type: text/plain',
  'Content-Language: en',
  'Length: 3',
  ' folded',
  '\tfolded: 1',
  'X: y\nl: 2',
  'X: y\rZ',
  'Content-Length: 2',
  'Content-Length: 3',
  'l: 3',
  'l : 3',
  'CONTENT-LENGTH: 2',
  'Content-Length: 2 ',
  'Content-Length: 99',
)

test('where the short way finds an end, the framer finds the same one byte by byte', () => {
  let found = 0
  const plain = fc.constantFrom('Content-Length: 2', 'Content-Length: 3', 'l: 3')
  const anyText = fc
    .tuple(
      fc.array(row, { maxLength: 3 }),
      plain,
      fc.array(row, { maxLength: 2 }),
      fc.constantFrom('ab', 'abc'),
    )
    .map(([before, length, after, body]) =>
      [START.trim(), ...before, length, ...after, '', body].join('\r\n'),
    )
  fc.assert(
    fc.property(anyText, text => {
      const end = endOfWholeMessage(text, 0, limits)
      if (end < 0) return
      found += 1
      assert.deepEqual(byBytes(text), { first: text.slice(0, end), error: undefined })
    }),
    { numRuns: 2000 },
  )
  assert.ok(found > 100, `${found} of 2000`)
})

/** A collector that runs when it is told to. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  assert.ok(typeof collect === 'function')
  return () => collect()
}

test('a message does not keep a large chunk alive of which it is a small part', () => {
  const collect = collector()
  const text = `${START}l: 0\r\n\r\n`
  const kept: string[] = []
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 100; i += 1) {
    // The chunk ends in a message that never comes to its end.
    const chunk = Buffer.from(`${text}${text}${START}${'X: y\r\n'.repeat(9_000)}`)
    kept.push(...new StreamFramer().feed(chunk, 0).messages)
  }
  collect()
  const grown = process.memoryUsage().heapUsed - before
  assert.equal(kept.length, 200)
  assert.ok(grown < 1_000_000, `${grown} bytes for 200 messages of ${text.length}`)
})
