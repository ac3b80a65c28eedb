import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import type { House } from './house.ts'
import { type Hears, MAX_CONNECTIONS, portOf } from './sockets.ts'

/** RFC 6455 §1.3. */
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** WebSockets from every page, masked or not, of any length. @returns the port */
export async function openWebSocket(house: House, hears: Hears, port: number): Promise<number> {
  const server = createServer((_, response) => response.end('weak'))
  server.maxConnections = MAX_CONNECTIONS
  server.on('upgrade', (request, socket) => {
    const key = `${request.headers['sec-websocket-key']}${MAGIC}`
    const accept = createHash('sha1').update(key).digest('base64')
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    socket.write(
      `${[...lines, `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: sip'].join('\r\n')}\r\n\r\n`,
    )
    hearFrames(house, socket, `${request.socket.remoteAddress}:${request.socket.remotePort}`, hears)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return portOf(server.address())
}

function hearFrames(house: House, socket: Duplex, key: string, hears: Hears): void {
  const answer = (text: string): void => void socket.write(frame(text))
  house.connections.set(key, { write: answer })
  socket.on('error', () => {})
  const [ip = '', port] = key.split(':')
  let kept: Buffer = Buffer.alloc(0)
  let text = ''
  socket.on('data', (octets: Buffer) => {
    kept = Buffer.concat([kept, octets])
    for (let one = takeFrame(kept); one !== undefined; one = takeFrame(kept)) {
      kept = one.rest
      text += one.text
      if (!one.isLast) continue
      hears({ text, transport: 'ws', ip, port: Number(port), answer })
      text = ''
    }
  })
}

/** RFC 6455 §5.2, without any of its MUSTs. */
function takeFrame(octets: Buffer): { text: string; isLast: boolean; rest: Buffer } | undefined {
  if (octets.length < 2) return undefined
  const short = (octets[1] ?? 0) & 0x7f
  const after = short === 126 ? 4 : short === 127 ? 10 : 2
  const isMasked = ((octets[1] ?? 0) & 0x80) !== 0
  const start = after + (isMasked ? 4 : 0)
  if (octets.length < start) return undefined
  const length =
    short === 126 ? octets.readUInt16BE(2) : short === 127 ? Number(octets.readBigUInt64BE(2)) : short
  if (octets.length < start + length) return undefined
  const payload = Buffer.from(octets.subarray(start, start + length))
  if (isMasked)
    for (let at = 0; at < length; at++) payload[at] = (payload[at] ?? 0) ^ (octets[after + (at % 4)] ?? 0)
  const isLast = ((octets[0] ?? 0) & 0x80) !== 0
  return { text: payload.toString('latin1'), isLast, rest: octets.subarray(start + length) }
}

function frame(text: string): Buffer {
  const payload = Buffer.from(text, 'latin1')
  const head =
    payload.length < 126
      ? Buffer.from([0x81, payload.length])
      : Buffer.alloc(payload.length < 65_536 ? 4 : 10)
  if (head.length > 2) head[0] = 0x81
  if (head.length === 4) {
    head[1] = 126
    head.writeUInt16BE(payload.length, 2)
  } else if (head.length === 10) {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(payload.length), 2)
  }
  return Buffer.concat([head, payload])
}
