import { attack } from '../attack.ts'
import { TLS_VERSIONS } from '../tls/client-hello.ts'
import { isUnclear, offerEach, wordsOf } from '../tls/greeting.ts'
import { SUITES } from '../tls/suites.ts'

/** A client that offers only RSA key transport, static Diffie-Hellman, or CBC. */
export const tlsOldSuites = attack({
  id: 'tls-old-suites',
  entry: 'H05',
  title: 'talks the server into suites without forward secrecy, or with CBC',
  threats: ['eavesdropping'],
  clause: '§3.2, TLS; Table 1, row 1',
  references: ['RFC 9325 §4.1', 'RFC 9325 §4.2'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 16,
  needs: ['tls'],
  expected:
    'Suites whose session key comes from the key of the certificate, and suites with CBC, are refused.',
  mending: {
    aspis: 'On by default: only suites with ECDHE and AEAD are taken.',
    kamailio: 'In tls.cfg: `cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20"`.',
    opensips: 'tls_mgm: `modparam("tls_mgm", "ciphers_list", "[default]ECDHE+AESGCM:ECDHE+CHACHA20")`.',
    asterisk: 'pjsip.conf, the transport: `cipher=` with a list of ECDHE and AES-GCM suites.',
  },
  async run(trial) {
    const version = TLS_VERSIONS['TLS 1.2']
    const offered = await offerEach(trial, [
      { version, says: 'no forward secrecy', suites: SUITES['no-forward-secrecy'] },
      { version, says: 'CBC', suites: SUITES['no-aead'] },
    ])
    const accepted = offered.flatMap(({ port, says, greeted }) =>
      greeted.kind === 'hello' ? [`${says} (${wordsOf(greeted)}, ${port} port)`] : [],
    )
    const counts = { tried: offered.length, accepted: accepted.length }
    if (accepted.length > 0) return trial.succeeded(`it took ${accepted.join('; ')}`, counts)
    if (offered.some(isUnclear))
      return trial.inconclusive('a ClientHello got neither an alert nor an end of the connection', counts)
    return trial.resisted(
      'offers without forward secrecy and with CBC alone were refused; one of today was not',
      counts,
    )
  },
})
