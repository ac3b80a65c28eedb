import { attack } from '../attack.ts'
import { TLS_VERSIONS } from '../tls/client-hello.ts'
import { type Greeted, greet, greetHonestly, wordsOf } from '../tls/greeting.ts'
import { DHE_SUITES, GOOD_SUITES, SUITES, type SuiteFault } from '../tls/suites.ts'

/** RFC 9325 §4.3: of finite-field Diffie-Hellman. */
const MIN_GROUP_BITS = 2_048

const BROKEN: Readonly<Partial<Record<SuiteFault, string>>> = {
  'no-encryption': 'suites without encryption',
  anonymous: 'suites without a certificate',
  export: 'export suites',
  rc4: 'RC4',
  des: 'DES and 3DES',
}

/** A client that offers only what is broken. */
export const tlsWeakSuites = attack({
  id: 'tls-weak-suites',
  entry: 'H05',
  title: 'talks the server into broken cipher suites, small groups or compression',
  threats: ['eavesdropping', 'message-tampering'],
  clause: '§3.2, TLS; Table 1, row 1',
  references: ['RFC 9325 §4.1', 'RFC 9325 §3.3', 'RFC 9325 §4.3'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 16,
  needs: ['tls'],
  expected:
    'Offers of NULL, anonymous, export, RC4, DES and 3DES suites end with an alert; nothing is compressed.',
  mending: {
    aspis: 'On by default: nine suites with forward secrecy and AEAD are all that TLS knows there.',
    kamailio: 'In tls.cfg: `cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20"`.',
    opensips: 'tls_mgm: `modparam("tls_mgm", "ciphers_list", "[default]ECDHE+AESGCM:ECDHE+CHACHA20")`.',
    asterisk: 'pjsip.conf, the transport: `cipher=` with a list of ECDHE and AES-GCM suites.',
  },
  async run(trial) {
    const honest = await greetHonestly(trial)
    const version = TLS_VERSIONS['TLS 1.2']
    const offers = [
      ...Object.entries(BROKEN).map(([fault, says]) => ({ says, suites: suitesOf(fault) })),
      { says: 'compression', suites: GOOD_SUITES, isCompressed: true },
      { says: 'groups of its choice', suites: DHE_SUITES, wantsGroup: true },
    ]
    const greeted = await Promise.all(offers.map(offer => greet(trial, { version, ...offer })))
    const accepted = offers.flatMap(({ says }, at) => {
      const fault = faultOf(says, greeted[at])
      return fault === undefined ? [] : [fault]
    })
    const counts = { tried: offers.length, accepted: accepted.length }
    if (accepted.length > 0) return trial.succeeded(`it took ${accepted.join('; ')}`, counts)
    if (greeted.some(({ kind }) => kind === 'silence' || kind === 'garbage'))
      return trial.inconclusive('a ClientHello got neither an alert nor an end of the connection', counts)
    return trial.resisted(
      `none of ${offers.length} broken offers was taken, while an offer of today got ${wordsOf(honest)}`,
      counts,
    )
  },
})

function suitesOf(fault: string): readonly number[] {
  return Object.entries(SUITES).find(([name]) => name === fault)?.[1] ?? []
}

function faultOf(says: string, greeted: Greeted | undefined): string | undefined {
  if (greeted?.kind !== 'hello') return undefined
  if (says === 'compression') return greeted.isCompressed ? 'compression' : undefined
  if (says !== 'groups of its choice') return `${says} (${wordsOf(greeted)})`
  const { groupBits } = greeted
  return groupBits !== undefined && groupBits < MIN_GROUP_BITS
    ? `Diffie-Hellman over ${groupBits} bits`
    : undefined
}
