import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trace } from '../../test/support/trace.ts'
import { type Detector, detector } from './detector.ts'
import { passwordGuessing } from './detectors/password-guessing.ts'
import { Engine } from './engine.ts'
import type { Finding } from './finding.ts'
import { subjectOfSource } from './source.ts'

const counting = detector({
  id: 'counting',
  title: 'Counts requests',
  class: 'volume',
  threats: [],
  isSpoofable: true,
  score: 10,
  evasion: 'fewer requests',
  thresholds: { requests: { default: 3, min: 1, max: 10, unit: 'requests', meaning: 'how many are borne' } },
  start: ({ limits, report }) => {
    let count = 0
    return {
      request: seen => {
        count += 1
        if (count < limits.requests) return
        report({
          subject: subjectOfSource(seen.source),
          seen,
          value: count,
          limit: limits.requests,
          why: `${count} requests`,
          confidence: 'low',
        })
      },
    }
  },
})

const throwing: Detector = {
  ...counting,
  id: 'throwing',
  start: () => ({ request: () => assert.fail('its own fault') }),
}

function engineOf(
  detectors: readonly Detector[],
  settings = {},
): { engine: Engine; findings: Finding[]; lost: string[] } {
  const findings: Finding[] = []
  const lost: string[] = []
  const engine = new Engine({
    ...{ detectors, settings, hashKey: new Uint8Array(16) },
    known: { trunkOf: () => undefined, isAllowed: () => false },
    wallMs: atMs => atMs,
    onFinding: finding => findings.push(finding),
    onDisabled: id => lost.push(id),
  })
  return { engine, findings, lost }
}

test('a finding says who, how much, how much is borne, and carries the message', () => {
  const trace = new Trace([counting])
  for (let i = 0; i < 3; i += 1) trace.request('192.0.2.7', { method: 'OPTIONS' })
  assert.deepEqual(trace.found, ['counting source:192.0.2.7'])
  const [finding] = trace.findings
  assert.equal(finding?.value, 3)
  assert.equal(finding?.limit, 3)
  assert.equal(finding?.isSpoofable, true)
  assert.match(finding?.evidence[0]?.title ?? '', /^OPTIONS sip:bob@example.test SIP\/2.0$/)
})

test('what is said of a source that proved to receive is not forgeable', () => {
  const trace = new Trace([counting])
  for (let i = 0; i < 3; i += 1) trace.request('192.0.2.7', {}, 'tcp')
  assert.equal(trace.findings[0]?.isSpoofable, false)
})

test('the same about the same is told once a minute', () => {
  const trace = new Trace([counting])
  for (let i = 0; i < 50; i += 1) trace.request('192.0.2.7')
  assert.equal(trace.findings.length, 1)
  trace.wait(61_000)
  trace.request('192.0.2.7')
  assert.equal(trace.findings.length, 2)
  assert.notEqual(trace.findings[0]?.id, trace.findings[1]?.id)
})

test('a finding that is graver or no longer forgeable is told within the minute too: a mild one hides nothing', () => {
  const reports = [
    { score: 20, isSpoofable: true },
    { score: 30, isSpoofable: true },
    { score: 60, isSpoofable: true },
    { score: 20, isSpoofable: false },
    { score: 30, isSpoofable: true },
    { score: 35, isSpoofable: false },
  ]
  const telling: Detector = {
    ...counting,
    start: ({ report }) => ({
      request: seen => {
        const next = reports.shift()
        if (next === undefined) return
        report({
          ...{
            subject: subjectOfSource(seen.source),
            seen,
            value: 1,
            limit: 1,
            why: 'why',
            confidence: 'low',
          },
          ...next,
        })
      },
    }),
  }
  const trace = new Trace([telling])
  for (let i = 0; i < 6; i += 1) trace.request('192.0.2.7')
  const told = trace.findings.map(({ score, isSpoofable }) => ({ score, isSpoofable }))
  assert.deepEqual(told, [
    { score: 20, isSpoofable: true },
    { score: 60, isSpoofable: true },
    { score: 20, isSpoofable: false },
  ])
})

test('a detector that throws is disabled alone, and those beside it are told all the same', () => {
  const { engine, findings, lost } = engineOf([throwing, counting])
  const trace = new Trace([])
  const seen = { kind: 'request', atMs: 1, source: engine.sourceOf('192.0.2.1'), transport: 'udp' } as const
  for (let i = 0; i < 3; i += 1)
    engine.see({ ...seen, request: trace.request('192.0.2.1'), isInDialog: false })
  assert.deepEqual(lost, ['throwing'])
  assert.deepEqual(engine.watching, ['counting'])
  assert.equal(findings.length, 1)
})

test('thresholds and modes come from the settings', () => {
  const off = engineOf([counting], { counting: { mode: 'off' } })
  assert.deepEqual(off.engine.watching, [])
  const monitored = engineOf([counting], { counting: { mode: 'monitor', limits: { requests: 1 } } })
  const request = new Trace([]).request('192.0.2.1')
  const { engine, findings } = monitored
  engine.see({
    kind: 'request',
    atMs: 1,
    source: engine.sourceOf('192.0.2.1'),
    transport: 'udp',
    request,
    isInDialog: false,
  })
  assert.equal(findings[0]?.isMonitorOnly, true)
})

test('the addresses of an IPv6 /64 are one source', () => {
  const trace = new Trace([counting])
  for (const ip of ['2001:db8::1', '2001:db8::2', '2001:db8::3']) trace.request(ip)
  assert.deepEqual(trace.found, ['counting source:2001:db8:0:0::/64'])
})

test('the response of a digest is not in the evidence', () => {
  const trace = new Trace([counting], { requests: 1 })
  trace.logsIn('192.0.2.7', 'alice', 'wrong-credentials')
  const text = trace.findings[0]?.evidence[0]?.text ?? ''
  assert.match(text, /username="alice"/)
  assert.doesNotMatch(text, /00000000/)
})

test('a million sources take bounded memory, and who logged in keeps his place', () => {
  const trace = new Trace([])
  trace.logsIn('198.51.100.1', 'alice')
  const { engine } = trace.observer
  for (let i = 0; i < 300_000; i += 1) engine.sourceOf(`10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`)
  assert.ok(engine.tables.sources.size <= 32_768)
  assert.notEqual(engine.tables.sources.peek('198.51.100.1'), undefined)
})

test('who guesses keeps his place, and what he did, while forged addresses pass by (C01)', () => {
  const trace = new Trace([passwordGuessing])
  for (let guess = 0; guess < 5; guess += 1) {
    trace.logsIn('198.51.100.66', 'bob', 'wrong-credentials')
    for (let i = 0; i < 140_000; i += 1)
      trace.observer.engine.sourceOf(`${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.${guess}`)
  }
  assert.deepEqual(trace.found, ['password-guessing source:198.51.100.66'])
})
