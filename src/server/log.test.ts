import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../base/secret.ts'
import { createLog } from './log.ts'

function collect(format: 'json' | 'text', options: { maxPerWindow?: number } = {}) {
  const lines: string[] = []
  const clock = { nowMs: Date.UTC(2026, 0, 2, 3, 4, 5) }
  const log = createLog({
    level: 'info',
    format,
    write: line => lines.push(line),
    nowMs: () => clock.nowMs,
    ...options,
  })
  return { log, lines, clock }
}

test('a piped log is one JSON object a line', () => {
  const { log, lines } = collect('json')
  log.info('listening', { transport: 'udp', port: 5060 })
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '2026-01-02T03:04:05.000Z',
    level: 'info',
    event: 'listening',
    transport: 'udp',
    port: 5060,
  })
  assert.ok(lines[0]?.endsWith('}\n'))
})

test('a terminal gets a short line', () => {
  const { log, lines } = collect('text')
  log.warn('tls-certificate-expires', { days: 3, subject: 'CN=a b' })
  assert.equal(lines[0], '03:04:05 warn  tls-certificate-expires days=3 subject="CN=a b"\n')
})

test('no control character of a peer reaches a line, in either format', () => {
  for (const format of ['json', 'text'] as const) {
    const { log, lines } = collect(format)
    const nasty = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join('')
    log.warn('refused', { from: `${nasty}\u2028\u202e\u2066\u200f\ufeff` })
    assert.equal(lines.length, 1)
    assert.doesNotMatch(
      (lines[0] ?? '').slice(0, -1),
      /[\u0000-\u001f\u007f-\u009f\u2028\u202e\u2066\u200f\ufeff]/,
    )
    if (format === 'json') assert.equal(JSON.parse(lines[0] ?? '').from.startsWith('\u0000\u0001'), true)
  }
})

test('a secret never prints, nor a field named like one', () => {
  for (const format of ['json', 'text'] as const) {
    const { log, lines } = collect(format)
    log.error('storage', { url: new Secret('hunter2'), password: 'hunter2', Authorization: 'Digest hunter2' })
    assert.doesNotMatch(lines.join(''), /hunter2/)
  }
})

test('a frequent event is cut and counted, and does not silence another', () => {
  const { log, lines, clock } = collect('json', { maxPerWindow: 3 })
  for (let i = 0; i < 10; i += 1) log.warn('refused')
  log.warn('other')
  assert.equal(lines.length, 4)
  assert.equal(log.suppressed, 7)
  clock.nowMs += 10_000
  log.warn('refused')
  assert.equal(JSON.parse(lines[4] ?? '').leftOut, 7)
})

test('levels below the threshold are not written, and the threshold can move', () => {
  const { log, lines } = collect('json')
  log.debug('x')
  assert.equal(lines.length, 0)
  log.setLevel('debug')
  log.debug('x')
  assert.equal(lines.length, 1)
})

test('a long value is cut', () => {
  const { log, lines } = collect('json')
  log.info('x', { value: 'a'.repeat(100_000) })
  assert.ok((lines[0] ?? '').length < 800)
})
