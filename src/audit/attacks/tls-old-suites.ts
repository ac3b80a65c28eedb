import { attack } from '../attack.ts'
import { TLS_VERSIONS } from '../tls/client-hello.ts'
import { greet, greetHonestly, wordsOf } from '../tls/greeting.ts'
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
  maxMessages: 8,
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
    const honest = await greetHonestly(trial)
    const version = TLS_VERSIONS['TLS 1.2']
    const offers = [
      { says: 'no forward secrecy', suites: SUITES['no-forward-secrecy'] },
      { says: 'CBC', suites: SUITES['no-aead'] },
    ]
    const greeted = await Promise.all(offers.map(offer => greet(trial, { version, ...offer })))
    const accepted = offers.flatMap(({ says }, at) => {
      const each = greeted[at]
      return each?.kind === 'hello' ? [`${says} (${wordsOf(each)})`] : []
    })
    const counts = { tried: offers.length, accepted: accepted.length }
    if (accepted.length > 0) return trial.succeeded(`it took ${accepted.join('; ')}`, counts)
    if (greeted.some(({ kind }) => kind === 'silence' || kind === 'garbage'))
      return trial.inconclusive('a ClientHello got neither an alert nor an end of the connection', counts)
    return trial.resisted(
      `offers without forward secrecy and with CBC alone were refused, while an offer of today got ${wordsOf(honest)}`,
      counts,
    )
  },
})
