import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRequest, Trace } from '../../test/support/trace.ts'
import { scannerFingerprint } from './detectors/scanner-fingerprint.ts'
import { Incidents } from './incident.ts'
import { MAX_KEPT_CHARS } from './kept-texts.ts'

const MESSAGE_CHARS = 60_000
const SOURCES = 12_000

/** As it comes from a socket: one flat text. */
function scan(number: number): string {
  const head = [
    `OPTIONS sip:${number}@example.test SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${number}`,
    `From: <sip:a@example.test>;tag=${number}`,
    `To: <sip:${number}@example.test>`,
    `Call-ID: ${number}`,
    'CSeq: 1 OPTIONS',
    'User-Agent: friendly-scanner',
    `Content-Length: ${MESSAGE_CHARS}`,
    '\r\n',
  ].join('\r\n')
  return Buffer.from(head + 'x'.repeat(MESSAGE_CHARS), 'latin1').toString('latin1')
}

test('incidents of thousands of forged sources with large messages keep no more than a bounded part of these', () => {
  const trace = new Trace([scannerFingerprint])
  const incidents = new Incidents({ classOf: () => 'signature', halfLifeMs: 600_000 })
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < SOURCES; n += 1) {
    trace.atMs += 1
    const where = trace.where(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
    trace.observer.request(where, readRequest(scan(n)))
    for (const finding of trace.findings.splice(0)) incidents.take(finding, trace.atMs)
  }
  const open = [...incidents.open(trace.atMs)]
  assert.equal(open.length, SOURCES)
  const texts = open.flatMap(({ findings }) => findings.flatMap(({ evidence }) => evidence))
  assert.ok(texts.length >= SOURCES)
  const chars = texts.reduce((sum, { text }) => sum + text.length, 0)
  assert.ok(chars <= MAX_KEPT_CHARS, `${chars} characters are kept`)
  assert.ok(texts.at(-1)?.text.startsWith('OPTIONS '), 'the newest are whole')
  assert.ok(
    texts.every(({ title }) => title.startsWith('OPTIONS ')),
    'first lines stay',
  )
  globalThis.gc?.()
  const grownMb = (process.memoryUsage().heapUsed - before) / 1e6
  assert.ok(grownMb < (SOURCES * MESSAGE_CHARS) / 4e6, `${Math.round(grownMb)} MB for ${SOURCES} incidents`)
})
