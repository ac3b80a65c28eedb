import assert from 'node:assert/strict'
import { checkMessage } from '../message/check.ts'
import type { SipRequest } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import { aorOf } from '../uri/equals.ts'
import type { Binding } from './binding.ts'
import { flowKeyOf } from './flow-token.ts'
import { decideRegister, type RegisterReply } from './register.ts'
import type { RegisterRefusal } from './register-refusal.ts'
import type { RegisterFacts, RegisterSource, RegistrarPolicy } from './registrar-facts.ts'

/** Registrations for the tests of this folder: example.com is ours, at 203.0.113.1:5060. */
export const NOW_MS = 1_800_000_000_000

const POLICY: RegistrarPolicy = {
  minExpiresSeconds: 60,
  maxExpiresSeconds: 7200,
  defaultExpiresSeconds: 3600,
  maxContacts: 10,
  foreignContacts: 'refuse',
  thirdPartyAllowed: false,
  serviceRoute: [],
  flowTimerSeconds: undefined,
}

export const SOURCE: RegisterSource = {
  transport: 'udp',
  ip: '192.0.2.7',
  port: 5060,
  isSecure: false,
  flowKey: 'udp:192.0.2.7:5060',
  flowToken: 'flow-token',
  isEdge: false,
}

export const TLS_SOURCE: RegisterSource = {
  ...SOURCE,
  transport: 'tls',
  port: 40123,
  isSecure: true,
  flowKey: flowKeyOf('tls', { ip: '192.0.2.7', port: 40123 }),
}

export const EDGE_SOURCE: RegisterSource = {
  ...SOURCE,
  ip: '192.0.2.200',
  flowKey: 'udp:192.0.2.200:5060',
  isEdge: true,
}

export const GRUU_KEYS = { current: Buffer.alloc(32, 5), previous: undefined }

let drawn = 0
/** Different octets each time, the same in each run. */
export function countingRandom(bytes: number): Buffer {
  drawn += 1
  const out = Buffer.alloc(bytes)
  out.writeUInt32BE(drawn, bytes - 4)
  return out
}

export interface Asked {
  readonly requestUri?: string
  readonly to?: string
  readonly from?: string
  readonly callId?: string
  readonly cseq?: number
  readonly vias?: readonly string[]
  /** Contact and all else, a line each. */
  readonly lines?: readonly string[]
}

/** A REGISTER as it comes from the wire. */
function registerOf(asked: Asked): SipRequest {
  const to = asked.to ?? '<sip:bob@example.com>'
  const vias = asked.vias ?? ['SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKnashds7']
  const text = [
    `REGISTER ${asked.requestUri ?? 'sip:example.com'} SIP/2.0`,
    ...vias.map(via => `Via: ${via}`),
    'Max-Forwards: 70',
    `To: ${to}`,
    `From: ${asked.from ?? to};tag=456248`,
    `Call-ID: ${asked.callId ?? '843817637684230@998sdasdh09'}`,
    `CSeq: ${asked.cseq ?? 1826} REGISTER`,
    ...(asked.lines ?? []),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
  const parsed = parseMessage(text, true)
  assert.ok(parsed.ok && parsed.value.kind === 'request', text)
  assert.equal(checkMessage(parsed.value), undefined)
  return parsed.value
}

/** What came out of one REGISTER. */
export interface Outcome {
  readonly status: number
  readonly why: RegisterRefusal | undefined
  /** The bindings afterwards: those before when nothing is to be stored. */
  readonly bindings: readonly Binding[]
  readonly stores: boolean
  readonly reply: RegisterReply
}

export interface Circumstances extends Partial<Omit<RegisterFacts, 'policy'>> {
  readonly policy?: Partial<RegistrarPolicy>
}

/** Decides a REGISTER with the facts of the fixture, but for what is given. */
export function register(asked: Asked, given: Circumstances = {}): Outcome {
  const request = registerOf(asked)
  const existing = given.existing ?? []
  const decision = decideRegister(request, {
    aor: aorOf(request.to.uri),
    source: SOURCE,
    nowMs: NOW_MS,
    random: countingRandom,
    gruuKeys: GRUU_KEYS,
    isOwnDomain: host => host === 'example.com' || host === 'example.org',
    isOwnAddress: (host, port) => host === '203.0.113.1' && port === 5060,
    isOwnNetwork: ip => ip.startsWith('198.51.100.'),
    isKnownEdge: host => host === 'edge.example.net' || host === 'inner.example.net',
    ...given,
    existing,
    policy: { ...POLICY, ...given.policy },
  })
  if (decision.kind === 'store') {
    const reply = decision.ok()
    return { status: reply.status, why: undefined, bindings: decision.next, stores: true, reply }
  }
  const { reply, why } = decision
  return { status: reply.status, why, bindings: existing, stores: false, reply }
}

/** The values of a header field of the answer. */
export function valuesOf(outcome: Outcome, name: string): readonly string[] {
  return outcome.reply.headers.filter(([field]) => field === name).map(([, value]) => value)
}

/** A binding for tests that start with some. */
export function bindingOf(given: Partial<Binding> = {}): Binding {
  const contact = given.contact ?? 'sip:bob@192.0.2.7:5060'
  return {
    aor: 'sip:bob@example.com',
    contact,
    instance: undefined,
    regId: undefined,
    callId: 'earlier@192.0.2.7',
    cseq: 10,
    q: 1000,
    expiresAtMs: NOW_MS + 600_000,
    path: [],
    flowToken: undefined,
    received: 'udp:192.0.2.7:5060',
    params: '',
    userAgent: 'phone/1.0',
    key: contact,
    ...given,
  }
}
