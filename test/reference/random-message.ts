import type { SimRandom } from '../sim/sim-random.ts'

/**
 * Messages that look like SIP, some good, most nearly so: fields drawn from forms that a reader may get wrong, in any
 * order and case, folded or doubled, and then a few octets changed.
 */
type Forms = readonly [string, ...string[]]

const METHODS: Forms = ['INVITE', 'OPTIONS', 'REGISTER', 'ACK', 'x-Odd!', 'INV ITE', 'INV"ITE']
const VERSIONS: Forms = ['SIP/2.0', 'SIP/2.0', 'SIP/2.0', 'sip/2.0', 'SIP/3.0', 'SIP/2.0 ', 'SIP/2', '']
const HOSTS: Forms = [
  'example.com',
  'EXAMPLE.com',
  '192.0.2.1',
  '[2001:db8::1]',
  '[2001:DB8::1',
  '2001:db8::1',
  'a_b',
  'é.test',
  '',
]
const PORTS: Forms = ['', '', ':5060', ':0', ':65535', ':65536', ':', ' : 5060', ':5060x', ':005060']
const USERS: Forms = [
  'bob@',
  'bob@',
  '',
  'b%6Fb@',
  'bob:pw@',
  'b;x=1?y@',
  '%00@',
  '%@',
  '%zz@',
  'a@b@',
  ':pw@',
  '*72#@',
  'b b@',
  '<@',
  'a:b:c@',
  'ä@',
]
const URI_PARAMS: Forms = [
  '',
  '',
  ';lr',
  ';transport=TCP',
  ';lr;lr',
  ';LR;x=%41',
  ';;',
  ';a=',
  ';m%61ddr=192.0.2.1;x',
  ';=',
  ';a=b=c',
  ';a@b',
  ';maddr=1;m%61ddr=2',
]
const URI_HEADERS: Forms = ['', '', '', '', '?Subject=x&to=y', '?', '?a=%', '?a=<b>', '?a@b']
const SCHEMES: Forms = ['sip:', 'sip:', 'sip:', 'SIPS:', 'tel:', 'urn:', 'a*b:', 'sip', ':', 'soap.beep://']
const NUMBERS: Forms = ['+1-201-555-0123', '7042;phone-context=a.test', '*21#', 'alice', '']
const DISPLAYS: Forms = [
  '',
  '',
  'Bob ',
  'Bob  B. ',
  '"Bob" ',
  '"B, \\"<B>\\"" ',
  '"B',
  'B, C ',
  'B\xc3\xa0',
  '"a\\\0b"',
  '"a\0b"',
  '"\\',
  "token1~` token2'+_ ",
]
const PARAMS: Forms = [
  '',
  ';tag=1',
  ';tag=1',
  ' ; tag = 2 ;x',
  ';tag',
  ';tag=',
  ';tag=1;TAG=2',
  ';x="a,b;c"',
  ';x="\\"";y',
  ';x="a',
  ';;',
  ';',
  ';x=<',
  ';x=a=b',
  ';é=1',
  ';x=é',
  ';x="\x01"',
  ';x=\x01',
  ' x',
]
const VIA_STARTS: Forms = [
  'SIP/2.0/UDP ',
  'SIP/2.0/UDP ',
  'sip / 2.0 / tcp\t',
  'SIP/2.0/',
  'SIP/2.1/UDP ',
  'SIP/2.0 UDP ',
  'SIP/2.0/x-Y ',
  'HTTP/2.0/UDP ',
]
const BRANCHES: Forms = [
  ';branch=z9hG4bK1',
  ';branch=z9hG4bK1;rport',
  ';branch=z9hG4bK',
  ';branch=',
  ';branch',
  '',
  ' ; received=[::1]',
  ';received=192.0.2.1;maddr=x',
]
const NUMBERS_OF_CSEQ: Forms = ['1', '1', '0009', '2147483647', '2147483648', '99999999999', '-1', '', '1x']
const CALL_IDS: Forms = ['abc@example.com', 'abc', '', 'a b', 'a"<>b', 'é', 'a\xa0']
const LENGTHS: Forms = [
  '0',
  '3',
  '3',
  '0003',
  '+3',
  '-1',
  '',
  '3 3',
  '3,3',
  '999',
  '9999999999999',
  '0x3',
  '3\x0b',
]
const HOPS: Forms = ['70', '0', '255', '256', '', '-1', '7 0', '00000000070']
const OTHERS: Forms = [
  'Subject: a, "b',
  's:',
  'Subject : x',
  'Date: a',
  'Supported: a,b,,c',
  'Route: <sip:a;lr>, <sip:b,c@d;lr>',
  'X-Thing: "\\',
  'Event: a',
  'o: b',
  'No colon',
  'Bad name: x',
  ': x',
  'Content-Type: a/b',
  'c: a/b',
  'X: \x01\xff',
]
const STATUS_LINES: Forms = [
  'SIP/2.0 200 OK',
  'sip/2.0 180',
  'SIP/2.0 4x4 No',
  'SIP/2.0 99 a',
  'SIP/2.0 200 \x01',
  'SIP/2.0 200 ',
  'SIP/2.0  200 OK',
]
const BODIES: Forms = ['abc', '', 'abc', 'abcdef', 'v=0\r\n\r\nx', '\0']
const OCTETS: Forms = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ',',
  ';',
  '"',
  '<',
  '>',
  '\\',
  ':',
  '@',
  '%',
  '?',
  '=',
  '\xff',
  '\r\n ',
  '\r\n \r\n',
  'SIP/',
  '[',
  ']',
  'a',
]
const NAMES = {
  via: ['Via', 'v', 'VIA', 'Via '],
  from: ['From', 'f', 'from\t'],
  to: ['To', 't', 'TO '],
  callId: ['Call-ID', 'i', 'call-id'],
  cseq: ['CSeq', 'CSEQ'],
  length: ['Content-Length', 'l', 'content-length ', 'L'],
} as const satisfies Record<string, Forms>

/** One message; in half of them nearly everything is the usual form, so that both good and bad ones come out. */
export function randomMessage(random: SimRandom): string {
  const oddness = random.pick([0.02, 0.05, 0.2])
  const pick = (forms: Forms): string => (random.happens(oddness) ? random.pick(forms) : forms[0])
  const method = pick(METHODS)
  const fields = [
    `${random.pick(NAMES.from)}:${address(random, pick)}`,
    `${random.pick(NAMES.to)}: ${address(random, pick)}`,
    `${random.pick(NAMES.callId)}: ${pick(CALL_IDS)}`,
    `${random.pick(NAMES.cseq)}: ${pick(NUMBERS_OF_CSEQ)} ${random.happens(oddness / 2) ? pick(METHODS) : method}`,
    `Max-Forwards: ${pick(HOPS)}`,
  ]
  if (random.happens(0.7)) fields.push(`${random.pick(NAMES.length)}: ${pick(LENGTHS)}`)
  for (let i = random.between(1, 2); i > 0; i--)
    fields.push(`${random.pick(NAMES.via)}: ${vias(random, pick)}`)
  for (let i = random.between(0, 2); i > 0; i--)
    fields.push(random.happens(oddness) ? random.pick(OTHERS) : 'X: y')
  if (random.happens(oddness / 2)) fields.splice(random.between(0, fields.length - 1), 1)
  if (random.happens(oddness / 2)) fields.push(random.pick([fields[0] ?? '', ...fields]))
  fields.sort(() => random.next() - 0.5)
  const start = random.happens(0.8) ? `${method} ${uri(pick)} ${pick(VERSIONS)}` : pick(STATUS_LINES)
  let text = `${start}\r\n${fields.map(field => folded(random, field)).join('\r\n')}\r\n\r\n${pick(BODIES)}`
  if (random.happens(0.02)) text = `\r\n\r\n${text}`
  for (let changes = random.happens(0.3) ? random.between(1, 2) : 0; changes > 0; changes--) {
    text = changed(random, text)
  }
  return text
}

type Pick = (forms: Forms) => string

function uri(pick: Pick): string {
  const scheme = pick(SCHEMES)
  if (scheme === 'tel:') return `${scheme}${pick(NUMBERS)}${pick(URI_PARAMS)}`
  return `${scheme}${pick(USERS)}${pick(HOSTS)}${pick(PORTS)}${pick(URI_PARAMS)}${pick(URI_HEADERS)}`
}

function address(random: SimRandom, pick: Pick): string {
  if (random.happens(0.25)) return `${uri(pick)}${pick(PARAMS)}`
  return `${pick(DISPLAYS)}<${uri(pick)}>${pick(PARAMS)}`
}

function vias(random: SimRandom, pick: Pick): string {
  const one = (): string => `${pick(VIA_STARTS)}${pick(HOSTS)}${pick(PORTS)}${pick(BRANCHES)}${pick(PARAMS)}`
  return random.happens(0.2) ? `${one()} ,${one()}` : one()
}

/** Now and then a line break where a blank is, before a blank. */
function folded(random: SimRandom, field: string): string {
  const blank = field.indexOf(' ')
  if (blank < 0 || !random.happens(0.1)) return field
  return `${field.slice(0, blank)}\r\n${random.pick([' ', '\t', '  '])}${field.slice(blank)}`
}

function changed(random: SimRandom, text: string): string {
  const at = random.between(0, text.length)
  switch (random.between(0, 3)) {
    case 0:
      return text.slice(0, at) + random.pick(OCTETS) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(at + random.between(1, 4))
    case 2:
      return text.slice(0, at) + random.pick(OCTETS) + text.slice(at + 1)
    default:
      return random.happens(0.2) ? text.slice(0, at) : text
  }
}
