import { type AttackClass, attack, PROBES } from './field.ts'

const BUGS = 'Table 1, bugs'
const MALICIOUS = '3.1 malicious messages'
const TO = { uri: 'sip:reception@example.test' }

const FAULTS: readonly ((text: string) => string)[] = [
  text => text.replace('SIP/2.0\r\n', 'SIP/7.0\r\n'),
  text => text.replace(/CSeq: \d+/i, 'CSeq: 36893488147419103232'),
  text => text.replace(/Call-ID: .*\r\n/, ''),
  text => text.replace(/From: </, 'From: "unterminated <'),
  text => text.replace('Content-Length: 0', 'Content-Length: -999'),
  text => text.replace(/Via: SIP\/2.0\/UDP /, 'Via: SIP/2.0/UDP ;;;'),
  text => text.replace('Max-Forwards: 70', 'Max-Forwards: 3000000000'),
  text => text.replace('To: <sip:', 'To: <sip:%%%'),
  text => text.replace(/;tag=\w+/, ';tag='),
  text => text.replace('INVITE sip:', 'INVITE  sip:'),
]

/** Texts that are no SIP, or would break who reads them carelessly. */
export const PARSING: readonly AttackClass[] = [
  attack(['P01', 'protocol-fuzzing', BUGS], PROBES, field => i => {
    field.fling(i, 'INVITE', TO, text => mutated(text, field.random.below(1e9)))
  }),
  attack(['P02', 'torture', BUGS], PROBES, field => i => {
    field.fling(i, 'INVITE', TO, FAULTS[i % FAULTS.length] ?? String)
  }),
  attack(['P04', 'overlong', MALICIOUS], PROBES, field => i => {
    const long = 'A'.repeat(5000 + field.random.below(40_000))
    field.fling(i, 'INVITE', TO, text => text.replace('sip:reception', `sip:${long}`))
  }),
  attack(['P05', 'header-bomb', '3.1 DoS'], PROBES, field => i => {
    const bomb = `X-${field.random.hex(3)}: y\r\n`.repeat(2500)
    field.fling(i, 'INVITE', TO, text => text.replace('Max-Forwards', `${bomb}Max-Forwards`))
  }),
  attack(['P06', 'length-lies', 'Table 1, tampering'], PROBES, field => i => {
    const lie = i % 2 === 0 ? 'Content-Length: 9000' : 'Content-Length: 12\r\nContent-Length: 0'
    field.fling(i, 'INVITE', TO, text => text.replace(/content-length: 0|l: 0/i, lie))
  }),
  attack(['P07', 'media-bomb', MALICIOUS], PROBES, field => i => {
    const body = `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n${'m=audio 1 RTP/AVP 0\r\n'.repeat(2500)}`
    field.send(i, 'INVITE', { ...TO, to: TO, body })
  }),
  attack(['P08', 'nul-and-bare-line-ends', 'Table 1, tampering'], PROBES, field => i => {
    const change = [
      (text: string) => text.replace('reception', 'recep\0tion'),
      (text: string) => text.replaceAll('\r\n', '\n'),
      (text: string) => text.replace('reception', 'recep%00tion'),
      (text: string) => text.replace('Max-Forwards', 'X: a\rMax-Forwards'),
    ][i % 4]
    field.fling(i, 'INVITE', TO, change ?? String)
  }),
  attack(['P09', 'format-strings', BUGS], PROBES, field => i => {
    const from = { uri: field.uri('%25s%25n%25x'), display: '%s%s%s%n%n%x%x', tag: field.random.hex(6) }
    field.send(i, 'INVITE', { ...TO, to: TO, from, headers: [['Subject', '%n%n%n%n%s%p']] })
  }),
  attack(['P10', 'log-injection', MALICIOUS], PROBES, field => i => {
    const display = i % 2 === 0 ? '\x1b[2J\x1b[1;31mroot' : 'x%0d%0aJan 1 sshd: Accepted password for root'
    field.send(i, 'INVITE', { ...TO, to: TO, from: { uri: TO.uri, display, tag: field.random.hex(6) } })
  }),
  attack(['P11', 'slow-pattern-bombs', '3.1 DoS'], PROBES, field => i => {
    const bomb = i % 2 === 0 ? ';a'.repeat(4000) : `${'('.repeat(4000)}`
    field.fling(i, 'INVITE', TO, text => text.replace('rport', `rport${bomb}`))
  }),
  attack(['P12', 'prototype-names', BUGS], PROBES, field => i => {
    const name = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'][i % 4] ?? ''
    const headers = [[name, 'polluted']] as const
    field.send(i, 'INVITE', { uri: `sip:${name}@example.test;${name}=1`, to: TO, headers })
  }),
  attack(['P13', 'hostile-media', BUGS], PROBES, field => i => {
    const address = ['255.255.255.255', '224.0.0.1', '127.0.0.1', '0.0.0.0'][i % 4]
    const body = `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio 65536 RTP/AVP 0\r\n`
    field.send(i, 'INVITE', { ...TO, to: TO, body })
  }),
  attack(['P14', 'contradictions', 'Table 1, tampering'], PROBES, field => i => {
    const change = [
      (text: string) => text.replace(/(CSeq: \d+) INVITE/i, '$1 BYE'),
      (text: string) => text.replace('Max-Forwards', 'Call-ID: second\r\nMax-Forwards'),
      (text: string) => text.replace(/From: /, 'From: <sip:a@b.test>;tag=1\r\nFrom: '),
    ][i % 3]
    field.fling(i, 'INVITE', TO, change ?? String)
  }),
  attack(['P16', 'other-protocols', '3.1 DoS'], PROBES, field => i => {
    const text = [
      'GET / HTTP/1.1\r\nHost: example.test\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'SSH-2.0-OpenSSH_9.2\r\n',
      '\x80\x65\x12\x34\x00\x00\x00\x00',
    ][i % 4]
    field.fling(i, 'OPTIONS', TO, () => text ?? '')
  }),
]

/** Changes some octets outside the first word. */
function mutated(text: string, dice: number): string {
  const letters = [...text]
  const span = Math.max(1, text.indexOf('\r\n\r\n'))
  for (let i = 0; i < 6; i += 1) {
    const at = 8 + ((dice + i * 7919) % span)
    letters[at] = String.fromCharCode((dice >> (i * 3)) & 255)
  }
  return letters.join('')
}
