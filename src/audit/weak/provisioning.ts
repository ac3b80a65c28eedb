import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { House } from './house.ts'
import { portOf } from './sockets.ts'

const HERE = '127.0.0.1'
const READ = 1

/** Gives the configuration of every phone to everybody, by TFTP; every phone has the same file. @returns the port */
export async function openTftp(house: House, port: number): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(port, HERE)
  await once(socket, 'listening')
  socket.on('message', (octets, from) => {
    if (octets.length < 2 || octets.readUInt16BE(0) !== READ) return
    const file = Buffer.from(configuration(house), 'latin1').subarray(0, 512)
    socket.send(Buffer.concat([Buffer.from([0, 3, 0, 1]), file]), from.port, from.address)
  })
  return portOf(socket.address())
}

/** The same by HTTP, with a list of what there is. @returns the port */
export async function openProvisioning(house: House, port: number): Promise<number> {
  const server = createHttpServer((request, response) => {
    const isFolder = request.url?.endsWith('/') ?? true
    response.setHeader('Content-Type', isFolder ? 'text/html' : 'text/plain')
    response.end(isFolder ? '<h1>Index of /</h1><a href="phones.cfg">phones.cfg</a>' : configuration(house))
  })
  server.listen(port, HERE)
  await once(server, 'listening')
  return portOf(server.address())
}

/** A prompt for whoever comes. @returns the port */
export async function openTelnet(port: number): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.write('weak phone\r\nlogin: ')
  })
  server.listen(port, HERE)
  await once(server, 'listening')
  return portOf(server.address())
}

function configuration(house: House): string {
  return house
    .users()
    .map(({ name, password }) => `user=${String(name)}\npassword=${String(password)}\n`)
    .join('')
}
