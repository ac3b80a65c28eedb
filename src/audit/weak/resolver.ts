import { createSocket } from 'node:dgram'
import { type Answer, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet'
import type { Place } from './message.ts'

/** A name server that says nothing is waited for that long. */
const PATIENCE_MS = 400

/** One socket for all questions, IDs that count up, and everything believed that an answer brings. */
export class WeakResolver {
  readonly #socket = createSocket('udp4')
  readonly #ip: string
  readonly #port: number
  readonly #waiting = new Map<number, (packet: Packet) => void>()
  readonly #kept = new Map<string, Answer[]>()
  #id = 0

  /** @param server `127.0.0.1:53` */
  constructor(server: string) {
    const [ip = '', port] = server.split(':')
    this.#ip = ip
    this.#port = Number(port)
    this.#socket.bind(0, '127.0.0.1')
    this.#socket.on('message', octets => {
      const packet = decode(octets)
      for (const record of [...(packet.answers ?? []), ...(packet.additionals ?? [])]) {
        if ((record.ttl ?? 0) > 0) this.#kept.set(`${record.type} ${record.name.toLowerCase()}`, [record])
      }
      this.#waiting.get(packet.id ?? 0)?.(packet)
    })
    this.#socket.on('error', () => {})
  }

  /** Where a host is: what NAPTR rewrites, else SRV, of TLS first if that is asked for, else its address. */
  async place({ transport, host, port }: Place): Promise<Place> {
    const naptr = await this.#ask(host, 'NAPTR')
    const rewritten = naptr.map(record => rewrite(record, `sip:${host}`)).find(each => each !== undefined)
    if (rewritten !== undefined) {
      const [name = '', at] = (rewritten.split('@')[1] ?? '').split(':')
      return { transport: 'udp', host: name, port: Number(at ?? 5060) }
    }
    const services = transport === 'tls' ? ['_sips._tcp', '_sip._udp'] : ['_sip._udp']
    for (const service of services) {
      const [srv] = await this.#ask(`${service}.${host}`, 'SRV')
      const target = field(srv, 'target')
      if (target === '') continue
      const carried = service === '_sips._tcp' ? 'tls' : 'udp'
      return { transport: carried, host: await this.#address(target), port: Number(field(srv, 'port')) }
    }
    return { transport, host: await this.#address(host), port }
  }

  async #address(name: string): Promise<string> {
    const [record] = await this.#ask(name, 'A')
    return typeof record?.data === 'string' ? record.data : ''
  }

  #ask(name: string, type: string): Promise<readonly Answer[]> {
    const kept = this.#kept.get(`${type} ${name.toLowerCase()}`)
    if (kept !== undefined) return Promise.resolve(kept)
    this.#id = (this.#id + 1) % 65_536
    const id = this.#id
    const question = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ name, type }] })
    this.#socket.send(question, this.#port, this.#ip, () => {})
    return new Promise(resolve => {
      const finish = (answers: readonly Answer[]): void => {
        this.#waiting.delete(id)
        resolve(answers.filter(each => each.type === type))
      }
      this.#waiting.set(id, ({ answers }) => finish(answers ?? []))
      setTimeout(() => finish([]), PATIENCE_MS)
    })
  }
}

/** `!expression!replacement!`: run as it stands there. */
function rewrite(record: Answer, text: string): string | undefined {
  const [, expression = '', replacement = ''] = field(record, 'regexp').split('!')
  return expression !== '' && new RegExp(expression).test(text) ? replacement : undefined
}

function field(record: Answer | undefined, name: string): string {
  const data: unknown = record?.data
  if (typeof data !== 'object' || data === null) return ''
  const found: unknown = Object.entries(data).find(([key]) => key === name)?.[1]
  return found === undefined ? '' : String(found)
}
