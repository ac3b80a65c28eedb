import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Finding } from '../finding.ts'
import { eveLine, signatureOf } from './eve.ts'
import { findingHtml, htmlText } from './html.ts'
import type { EventRecord, FindingRecord } from './record.ts'
import { plainRecord } from './record.ts'
import { safeJson } from './safe-json.ts'
import { securityEventLine } from './security-event.ts'
import { syslogMessage } from './syslog.ts'

const WALL_MS = Date.UTC(2030, 0, 1, 12, 0, 0, 123)
const LOCAL = { ip: '192.0.2.1', port: 5060 }

function findingAbout(text: string, more: Partial<Finding> = {}): FindingRecord {
  const finding: Finding = {
    ...{ id: 'injection-1', detector: 'injection', subject: { kind: 'account', name: text } },
    ...{ atMs: 5000, wallMs: WALL_MS, threats: ['malformed-messages'], value: 3, limit: 2 },
    ...{ confidence: 'high', score: 40, isSpoofable: false, why: text, isMonitorOnly: false },
    evidence: [{ atMs: 4000, from: '198.51.100.7', title: text, text: `INVITE ${text}\r\n\r\n` }],
    ...more,
  }
  return { kind: 'finding', id: finding.id, wallMs: WALL_MS, finding }
}

function eventAbout(text: string, more: Partial<EventRecord> = {}): EventRecord {
  return {
    ...{ kind: 'event', id: 'e-1', wallMs: WALL_MS, event: 'credentials-refused', from: '198.51.100.7' },
    ...{
      port: 5060,
      transport: 'udp',
      account: text,
      why: 'wrong-credentials',
      callId: text,
      isProved: true,
    },
    ...more,
  }
}

/** RFC 5424 §6: header, one element of structured data, message; all printable ASCII. */
const SYSLOG =
  /^<\d{1,3}>1 \S+ \S+ aspis \d+ \w+ \[aspis@32473(?: [a-zA-Z]+="(?:[^"\\\]]|\\["\\\]])*")+\] [ -~]*$/
/** Fields in quotes, none of which holds a quote or an equals sign. */
const ASTERISK =
  /^\[[^\]]+\] SECURITY\[1\] aspis: (?:\w+="[A-Za-z0-9@._+%:/-]*")(?:,\w+="[A-Za-z0-9@._+%:/-]*")*$/

/** The laws of every line, whatever a peer wrote. */
function assertSafe(text: string): void {
  const finding = findingAbout(text)
  const event = eventAbout(text)
  for (const record of [finding, event]) {
    const json = safeJson(plainRecord(record))
    assert.match(json, /^[ -~]*$/)
    assert.doesNotMatch(json, /[<>&']/)
    assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(plainRecord(record))), 'nothing is lost')
    const eve = eveLine(record)
    assert.match(eve, /^[ -~]*$/)
    assert.equal(JSON.parse(eve).timestamp, '2030-01-01T12:00:00.123Z')
    assert.match(syslogMessage(record, { host: 'edge', pid: 7 }), SYSLOG)
  }
  const line = securityEventLine(event, LOCAL)
  assert.match(line ?? '', ASTERISK)
  assert.equal(line?.split('RemoteAddress=').length, 2, 'one address, ours to say')
  const html = findingHtml(finding.finding)
  assert.deepEqual([...new Set([...html.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag))].sort(), [
    'article',
    'code',
    'h3',
    'li',
    'p',
    'pre',
    'ul',
  ])
  assert.match(html, /^[\n -~]*$/)
  assert.doesNotMatch(htmlText(text), /[<>"'&](?!#\d+;)|javascript:[^&]*\(/)
}

test('whatever a peer wrote, each line parses, is printable ASCII, and holds nothing that a reader acts on', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), assertSafe), { numRuns: 500 })
})

test('names made of the syntax of the outputs stay names', () => {
  for (const text of [
    'x",RemoteAddress="IPV4/UDP/203.0.113.66/5060"',
    '\r\n[2030-01-01] SECURITY[1] aspis: SecurityEvent="InvalidPassword",RemoteAddress="IPV4/UDP/203.0.113.66/5060"',
    '"] <34>1 - - - - - - forged',
    '\u001b]0;owned\u0007',
    '<script>alert(1)</script>',
    '${jndi:ldap://203.0.113.66/a}',
    '","evidence":[],"x":"',
  ]) {
    assertSafe(text)
  }
})

const payloads = join(import.meta.dirname, '../../../../shared/corpus/payloads.json')

test('payloads of others pass every output as text', {
  skip: existsSync(payloads) ? false : 'no corpus beside the checkout',
}, () => {
  const strings: string[] = []
  const gather = (value: unknown): void => {
    if (typeof value === 'string') strings.push(value)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(gather)
  }
  gather(JSON.parse(readFileSync(payloads, 'utf8')))
  assert.ok(strings.length > 300)
  for (const text of strings) {
    // As a peer sends it: octets, not characters.
    assertSafe(Buffer.from(text, 'utf8').toString('latin1'))
  }
})

test('lines that a banning rule acts on are written of proved sources alone', () => {
  assert.equal(securityEventLine(eventAbout('alice', { isProved: false }), LOCAL), undefined)
  const spoofable = findingAbout('x', {
    subject: { kind: 'source', name: '198.51.100.7' },
    isSpoofable: true,
  })
  assert.equal(securityEventLine(spoofable, LOCAL), undefined)
  const solid = findingAbout('x', { subject: { kind: 'source', name: '198.51.100.7' } })
  assert.match(securityEventLine(solid, LOCAL) ?? '', /RemoteAddress="IPV4\/UDP\/198\.51\.100\.7\/0"/)
})

test('a phone whose nonce ran out is no failure', () => {
  assert.equal(securityEventLine(eventAbout('alice', { why: 'nonce-expired' }), LOCAL), undefined)
})

test('EVE: a finding is an alert with a number of its detector that stays', () => {
  const eve = JSON.parse(eveLine(findingAbout('x', { subject: { kind: 'source', name: '198.51.100.7' } })))
  assert.equal(eve.event_type, 'alert')
  assert.equal(eve.src_ip, '198.51.100.7')
  assert.equal(eve.alert.category, 'injection')
  assert.equal(eve.alert.severity, 1)
  assert.equal(eve.alert.signature_id, signatureOf('injection'))
  assert.notEqual(signatureOf('injection'), signatureOf('host-scan'))
})
