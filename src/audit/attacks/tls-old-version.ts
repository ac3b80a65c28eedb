import { attack } from '../attack.ts'
import { TLS_VERSIONS } from '../tls/client-hello.ts'
import { isUnclear, offerEach, versionName } from '../tls/greeting.ts'
import { SUITES_OF_1_0 } from '../tls/suites.ts'

/** A client that speaks nothing newer than SSL 3.0, TLS 1.0, TLS 1.1. */
export const tlsOldVersion = attack({
  id: 'tls-old-version',
  entry: 'H05',
  title: 'talks the server into SSL 3.0, TLS 1.0 or TLS 1.1',
  threats: ['eavesdropping', 'message-tampering'],
  clause: '§3.2, TLS; Table 1, row 1',
  references: ['RFC 8996 §4', 'RFC 8996 §5', 'RFC 9325 §3.1.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 16,
  needs: ['tls'],
  expected: 'The handshake of every version before TLS 1.2 ends with an alert.',
  mending: {
    aspis: 'On by default: `tls: min-version` is 1.2, and can be raised to 1.3 only.',
    kamailio: 'In tls.cfg: `method = TLSv1.2+`.',
    opensips: 'tls_mgm: `modparam("tls_mgm", "tls_method", "[default]TLSv1_2-")`.',
    asterisk: 'pjsip.conf, the transport: `method=tlsv1_2` or `tlsv1_3`.',
  },
  async run(trial) {
    const old = ['SSL 3.0', 'TLS 1.0', 'TLS 1.1'] as const
    const offered = await offerEach(
      trial,
      old.map(name => ({ version: TLS_VERSIONS[name], suites: SUITES_OF_1_0, says: `${name} at most` })),
    )
    const taken = offered.flatMap(({ port, greeted }) =>
      greeted.kind === 'hello' && greeted.version < TLS_VERSIONS['TLS 1.2']
        ? [`${versionName(greeted.version)} (${port} port)`]
        : [],
    )
    const counts = { tried: offered.length, accepted: taken.length }
    if (taken.length > 0) return trial.succeeded(`it went on with ${taken.join(', ')}`, counts)
    if (offered.some(isUnclear))
      return trial.inconclusive(
        'an old ClientHello got neither an alert nor an end of the connection',
        counts,
      )
    return trial.resisted(`${old.join(', ')} were each refused, today's TLS was not`, counts)
  },
})
