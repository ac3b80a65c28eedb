import { createHash, createHmac } from 'node:crypto'
import { Deadlines } from '../../../base/deadlines.ts'
import { Secret } from '../../../base/secret.ts'
import { ATTRIBUTE, type Attribute, CODE } from './attributes.ts'
import { RadiusClient, type RadiusClientSettings, type RadiusOutcome } from './client.ts'
import { writePacket } from './packet.ts'
import type { RadiusRefusal } from './refusal.ts'

/** What tests answer with, computed apart from the client. */
export const SECRET = 'a shared secret of the tests'

/** How an answer is made; what is left out is right. */
export interface Answering {
  readonly code?: number
  readonly identifier?: number
  readonly secret?: string
  readonly attributes?: readonly Attribute[]
  /** `wrong`: signed with another secret; `none`: not there. */
  readonly messageAuthenticator?: 'right' | 'wrong' | 'none' | 'twice'
  /** Request that it claims to answer, for the authenticators. */
  readonly for?: Buffer
}

/** An answer to a request as it came over the wire. */
export function answerTo(request: Buffer, answering: Answering = {}): Buffer {
  const {
    code = CODE.accessAccept,
    secret = SECRET,
    attributes = [],
    messageAuthenticator = 'right',
  } = answering
  const signature: Attribute = { type: ATTRIBUTE.messageAuthenticator, value: Buffer.alloc(16) }
  const signatures = { right: [signature], wrong: [signature], none: [], twice: [signature, signature] }
  const to = answering.for ?? request
  const packet = writePacket(code, answering.identifier ?? request[1] ?? 0, to.subarray(4, 20), [
    ...signatures[messageAuthenticator],
    ...attributes,
  ])
  if (packet === undefined) throw new RangeError('the answer is too long')
  if (messageAuthenticator !== 'none') {
    const key = messageAuthenticator === 'wrong' ? `${secret}?` : secret
    createHmac('md5', key).update(packet).digest().copy(packet, 22)
  }
  createHash('md5').update(packet).update(secret).digest().copy(packet, 4)
  return packet
}

/** A packet that the client sent. */
export interface Sent {
  readonly server: number
  readonly lane: number
  readonly packet: Buffer
}

/** A client in a world of its own: time is what the test says, and so is chance. */
export class SimulatedClient {
  readonly client: RadiusClient
  readonly sent: Sent[] = []
  readonly ignored: RadiusRefusal[] = []
  readonly changes: string[] = []
  readonly #deadlines = new Deadlines()
  #nowMs = 0
  #random = 0

  constructor(
    settings: Partial<RadiusClientSettings> & { readonly count?: number; readonly isStream?: boolean } = {},
  ) {
    const { count = 1, isStream = false, ...rest } = settings
    const servers = Array.from({ length: count }, (_, n) => ({
      label: `radius${n}`,
      secret: new Secret(SECRET),
      demandsMessageAuthenticator: true,
      isStream,
    }))
    this.client = new RadiusClient(
      {
        servers,
        nasIdentifier: 'aspis.test',
        timeoutMs: 1000,
        tries: 3,
        giveUpMs: 20_000,
        probeMs: 5000,
        statusServer: true,
        maxLanes: 2,
        ...rest,
      },
      {
        deadlines: this.#deadlines,
        nowMs: () => this.#nowMs,
        // Unlike each other, and the same in every run.
        random: octets => {
          this.#random += 1
          return Buffer.alloc(octets, this.#random % 251)
        },
        jitter: () => 0.5,
        send: (server, lane, packet) => void this.sent.push({ server, lane, packet: Buffer.from(packet) }),
        ignored: (_server, why) => void this.ignored.push(why),
        sent: () => {},
        changed: (server, isUp) => void this.changes.push(`${server} ${isUp ? 'up' : 'down'}`),
      },
    )
  }

  ask(attributes: readonly Attribute[] = []): RadiusOutcome[] {
    const outcomes: RadiusOutcome[] = []
    this.client.ask(CODE.accessRequest, attributes, outcome => void outcomes.push(outcome))
    return outcomes
  }

  get last(): Sent {
    const last = this.sent.at(-1)
    if (last === undefined) throw new RangeError('nothing was sent')
    return last
  }

  /** Answers what was sent last. */
  answer(answering: Answering = {}, to: Sent = this.last): void {
    this.client.receive(to.server, to.lane, answerTo(to.packet, answering))
  }

  pass(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const next = this.#deadlines.nextMs()
      if (next === undefined || next > untilMs) break
      this.#nowMs = Math.max(this.#nowMs, next)
      this.#deadlines.run(this.#nowMs)
    }
    this.#nowMs = untilMs
  }
}
