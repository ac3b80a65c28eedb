import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRequest, Trace, tryDetector } from '../../../test/support/trace.ts'
import { scannerFingerprint } from './scanner-fingerprint.ts'

tryDetector(scannerFingerprint, {
  alarm: [
    {
      name: 'a tool that gives its name (G01)',
      subject: 'source:192.0.2.66',
      isSpoofable: true,
      trace: trace =>
        trace.request('192.0.2.66', { method: 'OPTIONS', lines: ['User-Agent: friendly-scanner'] }),
    },
    {
      name: 'evasion: renamed, and its numbers still there (G04)',
      subject: 'source:192.0.2.66',
      trace: trace =>
        trace.request(
          '192.0.2.66',
          readRequest(
            'OPTIONS sip:100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-2159139916;rport\r\nFrom: <sip:100@192.0.2.2>;tag=x73\r\nTo: <sip:100@192.0.2.2>\r\nCall-ID: 845752980453913316694142\r\nCSeq: 1 OPTIONS\r\nUser-Agent: Telephone\r\nContent-Length: 0\r\n\r\n',
          ),
        ),
    },
  ],
  quiet: [
    {
      name: 'phones',
      trace: trace => {
        for (const agent of [
          'Yealink SIP-T46S 66.84.0.15',
          'Linphone/3.6.1 (eXosip2/4.1.0)',
          'Zoiper rv2.8.15',
        ])
          trace.request('192.0.2.8', { lines: [`User-Agent: ${agent}`] })
      },
    },
  ],
})

test('a fingerprint is weak evidence: a twentieth of what is needed, and never sure', () => {
  const trace = new Trace([scannerFingerprint])
  trace.request('192.0.2.66', { lines: ['User-Agent: sipvicious'] })
  assert.equal(trace.findings[0]?.confidence, 'low')
  assert.ok(scannerFingerprint.score <= 5)
})
