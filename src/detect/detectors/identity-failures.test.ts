import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { identityFailures } from './identity-failures.ts'

const CARRIER = '198.51.100.7'

/** A signed request is judged. */
function judges(
  trace: Trace,
  why: string,
  parts: { ip?: string; authority?: string; claimed?: string; callId?: string } = {},
): void {
  const ip = parts.ip ?? CARRIER
  const request = trace.request(ip, parts.callId === undefined ? {} : { callId: parts.callId })
  trace.see({
    ...{ kind: 'identity', ...trace.where(ip), request, isValid: why === 'valid', why },
    ...{ claimed: parts.claimed ?? '', authority: parts.authority ?? '' },
  })
}

tryDetector(identityFailures, {
  alarm: [
    {
      name: 'D03: bad signatures from one source',
      subject: `source:${CARRIER}`,
      isSpoofable: true,
      trace: trace => {
        for (const why of ['signature-wrong', 'alg-not-es256', 'token-malformed', 'signature-wrong'])
          judges(trace, why, { authority: 'cert.test' })
      },
    },
    {
      name: 'D04: a token that was used before',
      subject: `source:${CARRIER}`,
      trace: trace => {
        judges(trace, 'replayed')
        judges(trace, 'replayed')
      },
    },
    {
      name: 'D05: a certificate that does not cover the numbers, whoever brings it',
      subject: 'domain:cert.test',
      trace: trace => {
        for (let n = 0; n < 4; n += 1)
          judges(trace, 'number-not-authorised', { ip: `198.51.${n}.7`, authority: 'cert.test' })
      },
    },
    {
      name: 'D09: a repository that does not answer',
      subject: 'domain:dead.test',
      trace: trace => {
        for (let n = 0; n < 4; n += 1)
          judges(trace, 'credential-fetch-failed', { ip: `198.51.${n}.7`, authority: 'dead.test' })
      },
    },
    {
      name: 'D03 evasion: each call from another source and for another authority, one caller',
      subject: 'destination:+442079460123',
      trace: trace => {
        for (let n = 0; n < 4; n += 1)
          judges(trace, 'signature-wrong', {
            ...{ ip: `198.51.${n}.7`, authority: `a${n}.test`, claimed: '+442079460123' },
          })
      },
    },
  ],
  quiet: [
    {
      name: 'clocks that are wrong, and calls that nobody signed',
      trace: trace => {
        for (let n = 0; n < 50; n += 1) {
          judges(trace, 'iat-stale', { authority: 'cert.test' })
          judges(trace, 'date-future', { authority: 'cert.test' })
          judges(trace, 'no-identity')
        }
      },
    },
    {
      name: 'one broken call, repeated',
      trace: trace => {
        for (let n = 0; n < 20; n += 1)
          judges(trace, 'signature-wrong', { callId: 'one', authority: 'cert.test', claimed: 'x' })
      },
    },
    {
      name: 'a carrier of whose calls a few fail',
      trace: trace => {
        for (let n = 0; n < 40; n += 1)
          judges(trace, n % 8 === 0 ? 'certificate-expired' : 'valid', { authority: 'cert.test' })
      },
    },
  ],
})
