import { attack } from '../attack.ts'
import { TLS_VERSIONS } from '../tls/client-hello.ts'
import { isUnclear, type Offered, offerEach, wordsOf } from '../tls/greeting.ts'
import { DHE_SUITES, GOOD_SUITES, SUITES, type SuiteFault } from '../tls/suites.ts'

/** RFC 9325 §4.3: of finite-field Diffie-Hellman. */
const MIN_GROUP_BITS = 2_048

const COMPRESSION = 'compression'
const GROUPS = 'groups of its choice'

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
  maxMessages: 32,
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
    const version = TLS_VERSIONS['TLS 1.2']
    const broken = Object.entries(BROKEN).map(([fault, says]) => ({ version, says, suites: suitesOf(fault) }))
    const offered = await offerEach(trial, [
      ...broken,
      { version, says: COMPRESSION, suites: GOOD_SUITES, isCompressed: true },
      { version, says: GROUPS, suites: DHE_SUITES, wantsGroup: true },
    ])
    const accepted = offered.flatMap(faultsOf)
    const counts = { tried: offered.length, accepted: accepted.length }
    if (accepted.length > 0) return trial.succeeded(`it took ${accepted.join('; ')}`, counts)
    if (offered.some(isUnclear))
      return trial.inconclusive('a ClientHello got neither an alert nor an end of the connection', counts)
    return trial.resisted(`none of ${offered.length} broken offers was taken; one of today was`, counts)
  },
})

function suitesOf(fault: string): readonly number[] {
  return Object.entries(SUITES).find(([name]) => name === fault)?.[1] ?? []
}

function faultsOf({ port, says, greeted }: Offered): string[] {
  if (greeted.kind !== 'hello') return []
  if (says === COMPRESSION) return greeted.isCompressed ? [`compression (${port} port)`] : []
  if (says !== GROUPS) return [`${says} (${wordsOf(greeted)}, ${port} port)`]
  const { groupBits } = greeted
  return groupBits !== undefined && groupBits < MIN_GROUP_BITS
    ? [`Diffie-Hellman over ${groupBits} bits (${port} port)`]
    : []
}
