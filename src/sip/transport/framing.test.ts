import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { StreamFramer } from './framing.ts'

const small = { maxStartLineBytes: 64, maxHeadersBytes: 256, maxBodyBytes: 100 }

function message(lengthRow: string, body = ''): string {
  return `OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n${lengthRow}\r\n\r\n${body}`
}

interface Outcome {
  messages: string[]
  keepAlives: number
  error: string | undefined
  head: string | undefined
}

/** Feeds a stream in chunks of the given sizes; the last chunk is what remains. */
function frame(stream: string, sizes: readonly number[] = [], limits = small): Outcome {
  const framer = new StreamFramer(limits)
  const bytes = Buffer.from(stream, 'latin1')
  const outcome: Outcome = { messages: [], keepAlives: 0, error: undefined, head: undefined }
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    const frames = framer.feed(bytes.subarray(at, at + size), 0)
    at += size
    outcome.messages.push(...frames.messages)
    outcome.keepAlives += frames.keepAlives
    outcome.error ??= frames.broken?.error
    outcome.head ??= frames.broken?.head
    if (at >= bytes.length) break
  }
  return outcome
}

test('a message ends where its Content-Length says (MSG-04)', () => {
  const one = message('Content-Length: 3', 'abc')
  const two = message('l:0')
  assert.deepEqual(frame(one + two).messages, [one, two])
})

test('the compact form, any case, blanks before the colon and folds are Content-Length too', () => {
  const rows = [
    'L : 3',
    'content-LENGTH:3',
    'Content-Length:\r\n 3',
    'Content-Length: 3\r\n\t ',
    'Content-Length : 0003',
    'l:\t3  ',
  ]
  for (const row of rows) assert.deepEqual(frame(message(row, 'abc')).messages, [message(row, 'abc')], row)
})

test('a name that only begins or ends like Content-Length is not it', () => {
  for (const row of ['Content-Lengths: 3', 'lx: 3', 'Content_Length: 3', 'Content-Lengt: 3', 'Xl: 3']) {
    assert.equal(frame(message(row)).error, 'content-length-missing', row)
  }
  assert.equal(frame(message('Subject: x\r\n Content-Length: 3')).error, 'content-length-missing')
})

test('a Content-Length that is missing, negative, no number or says two things ends the stream (MSG-04)', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Subject: none', 'content-length-missing'],
    ['Content-Length: -1', 'content-length-malformed'],
    ['Content-Length: +1', 'content-length-malformed'],
    ['Content-Length: 0x1', 'content-length-malformed'],
    ['Content-Length: 3, 3', 'content-length-malformed'],
    ['Content-Length: 1 1', 'content-length-malformed'],
    ['Content-Length:', 'content-length-malformed'],
    ['Content-Length: 3\r\nl: 4', 'duplicate-header'],
    ['Content-Length: 101', 'body-too-large'],
    [`Content-Length: ${'9'.repeat(40)}`, 'body-too-large'],
  ]
  for (const [row, error] of cases) {
    const outcome = frame(message(row, 'abc'))
    assert.equal(outcome.error, error, row)
    assert.deepEqual(outcome.messages, [], row)
    assert.equal(outcome.head, message(row), 'the head carries the whole header for an answer')
  }
})

test('the same Content-Length twice is one length', () => {
  const text = message('Content-Length: 3\r\nl: 03', 'abc')
  assert.deepEqual(frame(text).messages, [text])
})

test('a line that ends with LF or CR alone ends the stream', () => {
  for (const text of [
    'OPTIONS sip:a@b SIP/2.0\nl: 0\n\n',
    'OPTIONS sip:a@b SIP/2.0\r\nl: 0\n\r\n',
    'OPTIONS sip:a@b SIP/2.0\r\nX: a\rl: 0\r\n\r\n',
    '\nOPTIONS',
    '\rOPTIONS',
    '\r\r\n',
  ]) {
    assert.equal(frame(text).error, 'bare-line-end', JSON.stringify(text))
  }
})

test('what does not begin with a visible character is not SIP, and gets silence', () => {
  const frames = new StreamFramer().feed(Buffer.from([0x16, 3, 1, 2, 0]), 0)
  assert.deepEqual(frames.broken, { error: 'not-sip', status: 0, head: '' })
})

test('limits hold while bytes arrive, before any line ends (MSG-16)', () => {
  assert.equal(frame('A'.repeat(65)).error, 'start-line-too-long')
  assert.equal(frame('A'.repeat(64)).error, undefined)
  assert.equal(frame(`OPTIONS sip:a@b SIP/2.0\r\n${'A'.repeat(257)}`).error, 'headers-too-large')
  assert.equal(frame(`OPTIONS sip:a@b SIP/2.0\r\n${'A'.repeat(256)}`).error, undefined)
  assert.equal(frame(`OPTIONS sip:a@b SIP/2.0\r\n${'A:b\r\n'.repeat(60)}`).error, 'headers-too-large')
})

test('after a fault nothing more is read', () => {
  const framer = new StreamFramer()
  framer.feed(Buffer.from('OPTIONS\n'), 0)
  const frames = framer.feed(Buffer.from(message('l: 0')), 0)
  assert.equal(frames.broken?.error, 'bare-line-end')
  assert.deepEqual(frames.messages, [])
  assert.equal(framer.heldBytes, 0)
})

test('two CRLF between messages are a ping, one is ignored (OUT-09)', () => {
  const text = message('l: 0')
  assert.deepEqual(frame(`\r\n\r\n${text}\r\n${text}\r\n\r\n\r\n\r\n\r\n`), {
    messages: [text, text],
    keepAlives: 3,
    error: undefined,
    head: undefined,
  })
})

test('a message is pending from its first byte to its last', () => {
  const framer = new StreamFramer()
  const bytes = Buffer.from(`\r\n${message('l: 3', 'abc')}`)
  framer.feed(bytes.subarray(0, 2), 5)
  assert.equal(framer.pendingSinceMs, undefined)
  framer.feed(bytes.subarray(2, 4), 10)
  framer.feed(bytes.subarray(4, bytes.length - 1), 20)
  assert.equal(framer.pendingSinceMs, 10)
  framer.feed(bytes.subarray(bytes.length - 1), 30)
  assert.equal(framer.pendingSinceMs, undefined)
  assert.equal(framer.heldBytes, 0)
})

const piece = fc.oneof(
  fc.constantFrom('\r\n', '\r\n\r\n', '\r\n\r\n\r\n'),
  fc
    .record({
      row: fc.constantFrom('Content-Length: ', 'l:', 'L :', 'Content-Length:\r\n '),
      body: fc.string({ unit: fc.constantFrom('a', '\r', '\n', '\u00ff', '\0'), maxLength: 40 }),
      extra: fc.constantFrom('', 'X: y\r\n', 'X: y\r\n folded\r\n', `Y: ${'z'.repeat(90)}\r\n`),
    })
    .map(
      ({ row, body, extra }) => `M sip:a@b SIP/2.0\r\n${extra}${row}${body.length}\r\n${extra}\r\n${body}`,
    ),
)
const noise = fc.string({
  unit: fc.constantFrom('a', ':', ' ', '\r\n', '\r', '\n', 'l: 1', '\0'),
  maxLength: 40,
})
const stream = fc
  .tuple(fc.array(piece, { maxLength: 6 }), fc.oneof(fc.constant(''), noise))
  .map(([pieces, tail]) => pieces.join('') + tail)

test('any split of a stream into chunks gives the same frames and the same fault', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 }), (text, sizes) => {
      assert.deepEqual(frame(text, sizes), frame(text))
      assert.deepEqual(frame(text, Array<number>(text.length).fill(1)), frame(text))
    }),
    { numRuns: 300 },
  )
})

test('whole messages in any order come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
      const outcome = frame(pieces.join(''))
      assert.deepEqual(
        outcome.messages,
        pieces.filter(text => text.startsWith('M')),
      )
      assert.equal(outcome.error, undefined)
    }),
    { numRuns: 200 },
  )
})

/** A buffer that counts how often a byte of it is read or moved. */
function countedFeed(text: string): number {
  const framer = new StreamFramer()
  let copied = 0
  let held = 0
  for (const byte of Buffer.from(text, 'latin1')) {
    framer.feed(Buffer.from([byte]), 0)
    if (framer.heldBytes > held) copied += held
    held = framer.heldBytes
  }
  return copied
}

test('a header of single bytes costs linear copying', () => {
  const header = (rows: number): string => `M sip:a@b SIP/2.0\r\n${'X: y\r\n'.repeat(rows)}`
  const once = countedFeed(header(1000))
  const twice = countedFeed(header(2000))
  assert.ok(twice <= once * 2 + 1024, `${once} bytes moved, then ${twice}`)
})

test('the largest message in single bytes costs no more than its bytes', () => {
  const header = `M sip:a@b SIP/2.0\r\n${'X: y\r\n'.repeat(10_000)}l: 524288\r\n\r\n`
  const framer = new StreamFramer()
  const bytes = Buffer.from(header + 'b'.repeat(524_288))
  const before = process.cpuUsage()
  let messages = 0
  for (let at = 0; at < bytes.length; at += 1) {
    messages += framer.feed(bytes.subarray(at, at + 1), 0).messages.length
  }
  const spent = process.cpuUsage(before)
  assert.equal(messages, 1)
  // A search that starts again with each byte reads 2e9 bytes here, a copy that does moves 1.7e11.
  assert.ok(spent.user < 1_500_000, `${spent.user} µs`)
})
