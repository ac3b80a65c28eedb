import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Address } from '../../base/flow.ts'
import { Heard } from '../heard.ts'
import { StreamMessages } from './stream-messages.ts'

/** A target that connects without end takes no more of our sockets. */
const MAX_CONNECTIONS = 50

/** A target that sends without end fills no memory. */
const MAX_KEPT = 2_000

/** Is told what comes; gives its time. */
export type TrapTell = (text: string, transport: string, at: Address, from: Address) => number

/** A place of ours, UDP and TCP on one port, that only the target can be made to reach. It never answers. */
export class Trap {
  readonly at: Address
  readonly heard: Heard[] = []
  /** TCP connections that came. */
  connections = 0
  readonly #datagrams: DatagramSocket
  readonly #server: Server
  readonly #open = new Set<Socket>()
  readonly #tell: TrapTell

  constructor(at: Address, datagrams: DatagramSocket, server: Server, tell: TrapTell) {
    this.at = at
    this.#datagrams = datagrams
    this.#server = server
    this.#tell = tell
    datagrams.on('message', (octets, { address: ip, port }) =>
      this.#keep(octets.toString('latin1'), 'UDP', { ip, port }),
    )
    datagrams.on('error', () => {})
    server.on('connection', socket => this.#take(socket))
  }

  /** Requests among what came. */
  get requests(): readonly Heard[] {
    return this.heard.filter(({ method }) => method !== '')
  }

  close(): void {
    this.#datagrams.close()
    this.#server.close()
    for (const socket of this.#open) socket.destroy()
  }

  #keep(text: string, transport: string, from: Address): void {
    if (this.heard.length >= MAX_KEPT) return
    this.heard.push(new Heard(text, from, this.#tell(text, transport, this.at, from)))
  }

  #take(socket: Socket): void {
    this.connections++
    if (this.#open.size >= MAX_CONNECTIONS) {
      socket.destroy()
      return
    }
    this.#open.add(socket)
    const messages = new StreamMessages()
    const from = { ip: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      for (const message of messages.take(text)) this.#keep(message, 'TCP', from)
    })
    socket.on('error', () => {})
    socket.on('close', () => this.#open.delete(socket))
  }
}

/** Opens one. @param ip of ours */
export async function openTrap(ip: string, tell: TrapTell): Promise<Trap> {
  const server = createServer()
  server.listen(0, ip)
  await once(server, 'listening')
  const address = server.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  const datagrams = createSocket(ip.includes(':') ? 'udp6' : 'udp4')
  datagrams.bind(port, ip)
  await once(datagrams, 'listening')
  return new Trap({ ip, port }, datagrams, server, tell)
}
