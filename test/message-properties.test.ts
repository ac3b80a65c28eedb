import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseNameAddr } from '../src/sip/headers/name-addr.ts'
import { checkMessage } from '../src/sip/message/check.ts'
import { parseMessage } from '../src/sip/message/parse.ts'
import { writeForwardedRequest, writeResponse } from '../src/sip/message/write.ts'
import { parseUri } from '../src/sip/uri/uri.ts'
import { randomMessage } from './reference/random-message.ts'
import { SimRandom } from './sim/sim-random.ts'
import { BARE_EDITS, exercise } from './support/exercise.ts'
import { stepsOf } from './support/steps.ts'

const octets = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
  maxLength: 300,
})
const pieces = fc
  .array(
    fc.constantFrom(
      ...[
        'INVITE sip:a@b SIP/2.0',
        'SIP/2.0 200 OK',
        'Via: SIP/2.0/UDP a.test;branch=z9hG4bK1',
        'v:',
        'From:',
        't: <sip:a@b>',
      ],
      ...[
        'Call-ID: x',
        'CSeq: 1 INVITE',
        'Content-Length: 3',
        'l:',
        '\r\n',
        '\r\n',
        '\r\n',
        '\r\n ',
        '\r',
        '\n',
        '\0',
        '"',
        '\\',
      ],
      ...['<', '>', ';', ',', '=', ' ', '\t', ':', '@', '%', 'tag=1', 'SIP/', '\xff'],
    ),
    { maxLength: 60 },
  )
  .map(parts => parts.join(''))

test('MSG-17: no octets throw, whatever is done with them', () => {
  fc.assert(
    fc.property(fc.oneof(octets, pieces), fc.boolean(), (text, isDatagram) => {
      exercise(text, isDatagram)
    }),
    { numRuns: 3000 },
  )
})

test('MSG-17: messages that are nearly SIP throw no more than others', () => {
  const random = new SimRandom(4475)
  for (let i = 0; i < 3000; i++) exercise(randomMessage(random), random.happens(0.5))
})

test('reading what we sent on and sending it on again writes the same octets', () => {
  const random = new SimRandom(3261)
  let compared = 0
  for (let i = 0; i < 3000; i++) {
    const received = parseMessage(randomMessage(random), true)
    if (!received.ok || received.value.kind === 'response' || checkMessage(received.value) !== undefined)
      continue
    const sent = writeForwardedRequest(received.value, BARE_EDITS)
    const again = parseMessage(sent.replace(`Via: ${BARE_EDITS.via}\r\n`, ''), true)
    assert.ok(again.ok && again.value.kind === 'request')
    assert.equal(writeForwardedRequest(again.value, BARE_EDITS), sent)
    compared += 1
  }
  assert.ok(compared > 300)
})

const START = 'INVITE sip:bob@example.com SIP/2.0\r\n'
const REST = 'From: sip:a@b;tag=1\r\nTo: sip:b@c\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n'
const VIA = 'Via: SIP/2.0/UDP a.test;branch=z9hG4bK1\r\n'

/** Texts that ask for as much work as so many octets can. */
const HARD: Readonly<Record<string, (length: number) => string>> = {
  'lines without a colon': length => `${START}${'a\r\n'.repeat(length / 3)}\r\n`,
  'lines with a colon': length => `${START}${'a:\r\n'.repeat(length / 4)}\r\n`,
  'no line end': length => START + 'a'.repeat(length),
  'one field of folds': length => `${START}${VIA}${REST}s:${'\r\n a'.repeat(length / 4)}\r\n\r\n`,
  'empty folds': length => `${START}s:${'\r\n '.repeat(length / 3)}\r\n\r\n`,
  'carriage returns': length => `${START}s:${'\r'.repeat(length)}\r\n\r\n`,
  'line feeds': length => START + '\n'.repeat(length),
  'line ends ahead': length => '\r\n'.repeat(length / 2) + START,
  'NULs in From': length =>
    `${START}${VIA}From: "${'\\\0'.repeat(length / 2)}" <sip:a@b>\r\nTo: sip:b@c\r\n\r\n`,
  'backslashes before NULs': length => `${START}From: "${`${'\\'.repeat(64)}\0`.repeat(length / 65)}\r\n\r\n`,
  'Via values': length =>
    `${START}Via: ${'SIP/2.0/UDP a;branch=z9hG4bK1,'.repeat(length / 31)}x\r\n${REST}\r\n`,
  'commas in a Via': length => `${START}Via: ${','.repeat(length)}\r\n${REST}\r\n`,
  'quotes in a Via': length => `${START}Via: a${'","'.repeat(length / 3)}\r\n${REST}\r\n`,
  'parameters of a Via': length => `${START}Via: SIP/2.0/UDP a${';b'.repeat(length / 2)}\r\n${REST}\r\n`,
  'brackets in a Route': length => `${START}${VIA}${REST}Route: ${'<'.repeat(length)}\r\n\r\n`,
  'a display name': length =>
    `${START}${VIA}From: ${'a '.repeat(length / 2)}<sip:a@b>\r\nTo: sip:b@c\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n`,
  'an open quote': length =>
    `${START}${VIA}From: "${'\\"'.repeat(length / 2)}\r\nTo: sip:b@c\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n`,
  'a long start line': length => `INVITE sip:${'a'.repeat(length)} SIP/2.0\r\n${VIA}${REST}\r\n`,
  'spaces in the start line': length => `INVITE${' '.repeat(length)}SIP/2.0\r\n${VIA}${REST}\r\n`,
  'a body': length => `${START}${VIA}${REST}\r\n${'\0'.repeat(length)}`,
}

function work(text: string): () => void {
  return () => {
    const parsed = parseMessage(text, true)
    if (parsed.ok) checkMessage(parsed.value)
    const message = parsed.ok ? parsed.value : parsed.error.partial
    if (message?.kind === 'request') writeResponse(message, 400, { toTag: 'x' })
  }
}

const SIZES = [8192, 16_384, 32_768, 65_536]
/** Steps for the start line and for what is made on first use, however long the message is. */
const ONCE = 2000

test('MSG-17: twice the octets are at most twice the work, up to the largest datagram', () => {
  for (const [name, make] of Object.entries(HARD)) {
    const steps = SIZES.map(size => stepsOf(work(make(size))))
    for (let i = 1; i < steps.length; i++) {
      const [before = 0, after = 0] = [steps[i - 1], steps[i]]
      assert.ok(after <= before * 2.1 + 500, `${name}: ${steps.join(', ')}`)
    }
    assert.ok((steps.at(-1) ?? 0) <= 65_536 * 12 + ONCE, `${name}: ${steps.join(', ')}`)
  }
})

test('MSG-17: nor is one long value more than linear work', () => {
  const values: Readonly<Record<string, (length: number) => string>> = {
    'escapes in a user': length => `sip:${'%41'.repeat(length / 3)}@b`,
    colons: length => `sip:${'a:'.repeat(length / 2)}@b`,
    parameters: length => `sip:b${';a'.repeat(length / 2)}`,
    'different parameters': length =>
      `sip:b${Array.from({ length: length / 6 }, (_, i) => `;${i}`).join('')}`,
    'a display name': length => `${'a\t'.repeat(length / 2)}<sip:a@b>`,
    'quoted pairs': length => `"${'\\a'.repeat(length / 2)}" <sip:a@b>`,
    blanks: length => `<sip:a@b>${' '.repeat(length)};a`,
  }
  for (const [name, make] of Object.entries(values)) {
    const steps = SIZES.map(size => {
      const text = make(size)
      return stepsOf(() => {
        parseUri(text)
        parseNameAddr(text)
      })
    })
    for (let i = 1; i < steps.length; i++) {
      const [before = 0, after = 0] = [steps[i - 1], steps[i]]
      assert.ok(after <= before * 2.1 + 500, `${name}: ${steps.join(', ')}`)
    }
  }
})
