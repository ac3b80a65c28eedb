import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIP } from 'node:net'
import { type Answer, decode, encode, type Packet } from 'dns-packet'
import type { Address } from '../base/flow.ts'
import { type Trial, Unable } from './trial.ts'

/** A question that the target, or who resolves for it, asked. */
export interface Asked {
  readonly id: number
  /** With its letters as they came. */
  readonly name: string
  readonly type: string
  readonly from: Address
  readonly isStream: boolean
}

/** What is sent for a question, and from where. */
export interface Forged {
  readonly packet: Packet
  /** Of another socket than the one that was asked. */
  readonly from?: 'elsewhere'
}

interface Written extends Forged {
  readonly octets: Buffer
}

/** RFC 1035 §4.1.1: authoritative, recursion desired and available. */
const ANSWER_FLAGS = 0x0580
const MAX_ASKED = 2_000

/** The name server of a zone of the tester's own, which may lie. It answers what `records` holds, and forgeries before. */
export class NameServer {
  readonly domain: string
  readonly asked: Asked[] = []
  records: readonly Answer[] = []
  /** What goes out before the true answer. */
  forge: (asked: Asked, truth: Packet) => readonly Forged[] = () => []
  /** What the true answer says beside what was asked for. */
  beside: (asked: Asked) => Pick<Packet, 'additionals' | 'authorities'> = () => ({})
  readonly #trial: Trial
  readonly #here: Address

  constructor(trial: Trial, domain: string, here: Address) {
    this.#trial = trial
    this.domain = domain
    this.#here = here
  }

  /** Questions for a name and all below it. */
  askedFor(host: string): readonly Asked[] {
    return this.asked.filter(({ name }) => `.${name.toLowerCase()}`.endsWith(`.${host}`))
  }

  /** Octets to send for a query, forgeries first; none for what is no query, cannot be written, or is too much. */
  answers(octets: Buffer, from: Address, isStream: boolean): readonly Written[] {
    try {
      return this.#answers(octets, from, isStream)
    } catch {
      // Whoever asks must not end the audit: names that no packet holds, and more questions than it may answer.
      return []
    }
  }

  #answers(octets: Buffer, from: Address, isStream: boolean): readonly Written[] {
    const query = decoded(octets)
    const question = query?.questions?.[0]
    if (query === undefined || question === undefined || query.type !== 'query') return []
    const { name, type } = question
    const asked: Asked = { id: query.id ?? 0, name, type, from, isStream }
    if (this.asked.length < MAX_ASKED) this.asked.push(asked)
    this.#note(asked, false, `? ${name} ${type} (id ${asked.id})`)
    const plain = name.toLowerCase()
    const truth: Packet = {
      type: 'response',
      id: asked.id,
      flags: ANSWER_FLAGS,
      questions: [question],
      answers: this.records.filter(
        each => each.name.toLowerCase() === plain && (each.type === type || each.type === 'CNAME'),
      ),
      ...this.beside(asked),
    }
    const sent = [...(isStream ? [] : this.forge(asked, truth)), { packet: truth }]
    return sent.map(each => {
      this.#trial.spend(1)
      const told = (each.packet.answers ?? []).map(
        answer => `${answer.name} ${answer.type} ${wordsOf(answer)}`,
      )
      this.#note(asked, true, `! ${each === sent.at(-1) ? '' : 'forged '}${told.join('; ') || 'nothing'}`)
      return { ...each, octets: encode(each.packet) }
    })
  }

  #note(asked: Asked, isSent: boolean, says: string): void {
    const rung = { who: 'name server', transport: 'DNS', local: this.#here, remote: asked.from }
    this.#trial.note({ ...rung, isSent }, says)
  }
}

/** Listens where the zone is asked for, until the end of the trial. @throws Unable when it cannot */
export async function openNameServer(trial: Trial): Promise<NameServer> {
  const { zone } = trial.target
  if (zone === undefined) throw new Unable('no zone is given')
  const here = addressOf(zone.listen)
  const server = new NameServer(trial, zone.domain.toLowerCase(), here)
  const family = isIP(here.ip) === 6 ? 'udp6' : 'udp4'
  const [udp, elsewhere] = [createSocket(family), createSocket(family)]
  const tcp = createServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.setTimeout(2_000, () => socket.destroy())
    socket.on('data', octets => {
      const from: Address = { ip: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
      for (const { octets: answer } of server.answers(octets.subarray(2), from, true)) {
        socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]))
      }
    })
  })
  const sockets = [udp, elsewhere]
  trial.atEnd(async () => {
    for (const each of sockets) each.close()
    tcp.close()
  })
  udp.bind(here.port, here.ip)
  elsewhere.bind(0, trial.freshIp())
  tcp.listen(here.port, here.ip)
  try {
    await Promise.all([once(udp, 'listening'), once(elsewhere, 'listening'), once(tcp, 'listening')])
  } catch (error) {
    throw new Unable(`no name server could be opened on ${zone.listen}: ${String(error)}`)
  }
  udp.on('error', () => {})
  elsewhere.on('error', () => {})
  udp.on('message', (octets, { address: ip, port }) => {
    for (const { octets: answer, from } of server.answers(octets, { ip, port }, false)) {
      const socket = from === 'elsewhere' ? elsewhere : udp
      socket.send(answer, port, ip, () => {})
    }
  })
  return server
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function addressOf(text: string): Address {
  const colon = text.lastIndexOf(':')
  return { ip: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

function decoded(octets: Buffer): Packet | undefined {
  try {
    return decode(octets)
  } catch {
    return undefined
  }
}

function wordsOf({ data }: Answer): string {
  return typeof data === 'string' ? data : JSON.stringify(data)
}
