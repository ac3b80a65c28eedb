import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { type Answer, decode, encode, type Packet } from 'dns-packet'

/** What is sent back for a query; `name` is the first question's. */
export type Reply = (
  query: Packet & { readonly name: string },
  send: (packet: Packet | Buffer) => void,
  from: RemoteInfo,
) => void

/** A name server that we can make lie. */
export class Responder {
  readonly queries: Packet[] = []
  readonly ports: number[] = []
  streams = 0
  reply: Reply
  streamReply: Reply = (query, send) => send(answering(query, []))
  readonly #udp: Socket = createSocket('udp4')
  readonly #tcp: Server
  port = 0

  constructor(reply: Reply) {
    this.reply = reply
    this.#udp.on('message', (bytes, from) => {
      const query = decode(bytes)
      this.queries.push(query)
      this.ports.push(from.port)
      const send = (packet: Packet | Buffer) =>
        this.#udp.send(Buffer.isBuffer(packet) ? packet : encode(packet), from.port, from.address)
      this.reply({ ...query, name: query.questions?.[0]?.name ?? '' }, send, from)
    })
    this.#tcp = createServer(socket => {
      this.streams += 1
      socket.on('error', () => socket.destroy())
      socket.once('data', bytes => {
        const query = decode(bytes.subarray(2))
        const send = (packet: Packet | Buffer) => {
          const body = Buffer.isBuffer(packet) ? packet : encode(packet)
          const length = Buffer.alloc(2)
          length.writeUInt16BE(body.length)
          // The two octets of the length come apart, as a hostile path may send them.
          socket.write(length.subarray(0, 1), () => socket.end(Buffer.concat([length.subarray(1), body])))
        }
        this.streamReply({ ...query, name: query.questions?.[0]?.name ?? '' }, send, {
          address: '',
          family: 'IPv4',
          port: 0,
          size: 0,
        })
      })
    })
  }

  /** @returns false when the port that it got over UDP is another's over TCP */
  async listen(): Promise<boolean> {
    this.#udp.bind(0, '127.0.0.1')
    await once(this.#udp, 'listening')
    this.port = this.#udp.address().port
    this.#tcp.listen(this.port, '127.0.0.1')
    const error = await once(this.#tcp, 'listening').then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error !== undefined) this.#udp.close()
    return error === undefined
  }

  close(): void {
    this.#udp.close()
    this.#tcp.close()
  }
}

/** A response to a query, matching it unless changed. */
export function answering(query: Packet, answers: readonly Answer[], changes: Partial<Packet> = {}): Packet {
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: 0x8180 & 0x7fff,
    questions: query.questions ?? [],
    answers: answers.map(answer => ({ ttl: 60, class: 'IN', ...answer })),
    ...changes,
  }
}

/** Runs a responder for as long as it is used. */
export async function withResponder<T>(reply: Reply, use: (responder: Responder) => Promise<T>): Promise<T> {
  let responder = new Responder(reply)
  while (!(await responder.listen())) responder = new Responder(reply)
  try {
    return await use(responder)
  } finally {
    responder.close()
  }
}
