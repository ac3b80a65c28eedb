import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, isIP, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import type { House } from './house.ts'
import type { Came, Place } from './message.ts'
import { selfMade } from './self-made.ts'

/** Hears a message. */
export type Hears = (came: Came) => void

const HERE = '127.0.0.1'

/** More than anybody has phones: first come, first served, for as long as they like. */
export const MAX_CONNECTIONS = 64

/** UDP and TCP on one port. @returns the port */
export async function openSip(house: House, hears: Hears, port: number): Promise<number> {
  const tcp = createServer(socket => hearStream(house, socket, 'tcp', hears))
  tcp.maxConnections = MAX_CONNECTIONS
  const taken = await listen(tcp, port)
  const udp = createSocket('udp4')
  udp.bind(taken, HERE)
  await once(udp, 'listening')
  udp.on('message', (octets, { address, port: from }) =>
    hears({
      text: octets.toString('latin1'),
      transport: 'udp',
      ip: address,
      port: from,
      answer: text => udp.send(Buffer.from(text, 'latin1'), from, address, () => {}),
    }),
  )
  udp.on('error', () => {})
  house.send = (place, text) => {
    const host = place.host === 'localhost' ? HERE : place.host
    const open = house.connections.get(`${host}:${place.port}`)
    if (open !== undefined && place.transport !== 'udp') return open.write(text)
    if (isIP(host) === 0) {
      house.resolver?.place(place).then(
        found => isIP(found.host) > 0 && house.send(found, text),
        () => {},
      )
      return
    }
    // Whatever it is told, it never leaves this machine.
    if (!/^127\.\d+\.\d+\.\d+$/.test(host) || !(place.port > 0 && place.port < 65_536)) return
    if (place.transport === 'udp') udp.send(Buffer.from(text, 'latin1'), place.port, host, () => {})
    else dial(house, { ...place, host }, hears).write(text, 'latin1')
  }
  return taken
}

/** TLS of every age, with every suite, and a certificate made by itself. @returns the port */
export async function openTls(house: House, hears: Hears, port: number): Promise<number> {
  const old = { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const
  const server = createTlsServer({ ...old, ...selfMade() }, socket => hearStream(house, socket, 'tls', hears))
  server.maxConnections = MAX_CONNECTIONS
  return await listen(server, port)
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, HERE)
  await once(server, 'listening')
  return portOf(server.address())
}

export function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

function dial(house: House, { transport, host, port }: Place, hears: Hears): Socket {
  const isTls = transport === 'tls'
  const socket = isTls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port })
  hearStream(house, socket, transport, hears, `${host}:${port}`)
  return socket
}

/** Collects without end until Content-Length is there, and believes the first one. */
function hearStream(
  house: House,
  socket: Socket,
  transport: string,
  hears: Hears,
  key = `${socket.remoteAddress}:${socket.remotePort}`,
): void {
  const connection = { write: (text: string) => void socket.write(text, 'latin1') }
  house.connections.set(key, connection)
  socket.setNoDelay(true)
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  const [ip = '', port] = key.split(':')
  let kept = ''
  socket.on('data', (text: string) => {
    kept += text
    for (;;) {
      kept = kept.replace(/^[\r\n]+/, '')
      const end = kept.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/\nContent-Length:\s*(\d+)/i.exec(kept.slice(0, end))?.[1] ?? 0)
      if (kept.length < end + 4 + length) return
      const message = kept.slice(0, end + 4 + length)
      kept = kept.slice(end + 4 + length)
      hears({ text: message, transport, ip, port: Number(port), answer: connection.write })
    }
  })
}
