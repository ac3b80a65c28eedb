import { field, without } from './edit.ts'
import { queries, type Vector } from './vector.ts'

/** Fields without which no request can be worked with (RFC 3261 §8.1.1), and what they may not hold. */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  Via: ['', 'SIP/2.0', 'SIP/2.0/UDP', '\x01\x02\x03', ';branch=z9hG4bKx', 'SIP/2.0/UDP :::;branch=z9hG4bKx'],
  From: [
    '',
    '<sip:',
    '"alice <sip:alice@audit.invalid>;tag=1',
    '<<<>>>;tag=1',
    '\x01\x02\x03',
    '<sip:alice@>;tag=1',
  ],
  To: ['', '<sip:', '"alice <sip:alice@audit.invalid>', '<<<>>>', '\x01\x02\x03', '<sip:alice@>'],
  'Call-ID': ['', 'two words', '"<>" <>'],
  CSeq: [
    '',
    '1',
    'REGISTER',
    'x REGISTER',
    '-1 REGISTER',
    '1.5 REGISTER',
    '0x10 REGISTER',
    '4294967296 REGISTER',
  ],
  'Max-Forwards': ['', 'x', '-1', '7 0'],
  'Content-Length': ['x', '-1', '0x10', '+', '1 2'],
}

/** A field that every request needs is gone, empty, or holds what its grammar knows no reading for (RFC 3261 §25.1). */
export const brokenFields: readonly Vector[] = [
  ...['Via', 'From', 'To', 'Call-ID', 'CSeq'].flatMap(name =>
    queries({ [`no ${name}`]: text => without(text, name) }),
  ),
  ...Object.entries(BROKEN).flatMap(([name, values]) =>
    values.flatMap(value =>
      queries({
        [`${name}: ${value === '' ? '(nothing)' : printable(value)}`]: text => field(text, name, () => value),
      }),
    ),
  ),
]

function printable(value: string): string {
  return value.startsWith('\x01') ? '(control characters)' : value
}
