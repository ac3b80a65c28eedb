import type { Attack, Severity } from '../../src/audit/attack.ts'
import type { Audit } from '../../src/audit/audit.ts'
import type { Rung } from '../../src/audit/ladder.ts'
import type { Result, Verdict } from '../../src/audit/outcome.ts'
import { type Report, reportOf } from '../../src/audit/report/report.ts'

/** What a target may put into its answers: markup, quotes, terminal codes, a turned direction, ends of comments. */
export const HOSTILE =
  '</style></script><script>alert(1)</script><img src=x onerror=alert(2)>"\'`&amp;]]>-->\x1b]0;owned\x07\x00\x9b31m\u202e{{7*7}}'

/** An attack that is never run. */
export function sampleAttack(id: string, severity: Severity, more: Partial<Attack> = {}): Attack {
  return {
    id,
    entry: 'E01',
    title: `does ${id} to somebody`,
    threats: ['spoofing'],
    clause: '§3.1, call termination; Table 1, row 4',
    references: ['RFC 3261 §15'],
    severity,
    isIntrusive: false,
    maxMessages: 10,
    needs: ['two-accounts'],
    expected: 'Nothing of it reaches anybody.',
    mending: {
      aspis: 'On by default: nothing is to do.',
      kamailio: 'Call `loose_route()` after `proxy_authorize()`.',
      opensips: 'Call `validate_dialog()` first.',
      asterisk: 'Keep the port to known peers.',
    },
    run: () => Promise.reject(new Error('a sample is never run')),
    ...more,
  }
}

const OCTETS = Buffer.from(HOSTILE, 'utf8').toString('latin1')

function rung(atMs: number, who: string, isSent: boolean, text: string): Rung {
  const local = { ip: '127.9.9.9', port: 5080 }
  const remote = { ip: '127.0.0.1', port: 5060 }
  return { atMs, who, isSent, transport: 'UDP', local, remote, text, octets: text.length }
}

/** A call with a forged end, in which the target and a stranger say hostile things. */
const RUNGS: readonly Rung[] = [
  rung(1, 'alice', true, 'INVITE sip:bob@example.test SIP/2.0\r\nUser-Agent: aspis-audit\r\n\r\n'),
  rung(2, 'bob', false, 'INVITE sip:bob@127.9.9.9 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1\r\n\r\n'),
  rung(3, 'attacker', true, `BYE ${OCTETS} SIP/2.0\r\nSubject: the password of alice\r\n\r\n`),
  rung(4, 'bob', false, `BYE sip:bob@127.9.9.9 SIP/2.0\r\nX: ${OCTETS}\r\n\r\n${'x'.repeat(900)}`),
]

/** Outcomes of attacks, one of each verdict. */
export const SAMPLES: readonly (readonly [Attack, Verdict])[] = [
  [sampleAttack('forged-bye', 'high'), 'succeeded'],
  [sampleAttack('forged-cancel', 'medium', { entry: 'E02', needs: ['tls'] }), 'inconclusive'],
  [sampleAttack('stray-ack', 'low', { entry: 'F03' }), 'resisted'],
  [sampleAttack('radius-lie', 'critical', { entry: 'H09', needs: ['radius'] }), 'skipped'],
]

/** A run with those outcomes; everything that comes from its target is hostile. */
export function sampleAudit(samples = SAMPLES): Audit {
  const results: readonly Result[] = samples.map(([{ id }, verdict]) => ({
    attack: id,
    verdict,
    why: `it was answered ${HOSTILE}`,
    counts: { tried: 2, reached: 1 },
    durationMs: 12.345,
    sent: 4,
    ladder: verdict === 'skipped' ? { rungs: [], omitted: 0 } : { rungs: RUNGS, omitted: 3 },
  }))
  return {
    target: {
      ip: '127.0.0.1',
      domain: 'example.test',
      ports: { UDP: 5060, TLS: 5061 },
      accounts: [{ user: 'alice', password: 'the password of alice' }],
      file: 'audit/target.yaml',
    },
    profile: 'safe',
    startedAt: '2026-02-03T04:05:06.789Z',
    durationMs: 1234.5,
    results,
    died: `the target served no honest user any more (${HOSTILE})`,
    isDead: true,
    isInterrupted: true,
  }
}

/** The report of such a run. */
export function sampleReport(samples = SAMPLES): Report {
  return reportOf(sampleAudit(samples), {
    all: samples.map(([attack]) => attack),
    version: '1.2.3',
    server: HOSTILE,
    lines: { target: 1, accounts: 4, 'ports.tls': 3 },
  })
}
