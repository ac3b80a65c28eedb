import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientOptions, type RawData, WebSocket } from 'ws'
import type { Address } from '../../base/flow.ts'
import { Heard } from '../heard.ts'
import { Inbox } from './inbox.ts'
import type { Line, LineWatch } from './line.ts'
import { hostPort } from './place.ts'

/** A target that sends more at once is not listened to. */
const MAX_MESSAGE = 1 << 20

/** How a WebSocket begins (RFC 7118 §4.1). */
export interface WebSocketOptions {
  readonly ip?: string
  readonly isSecure: boolean
  readonly path: string
  readonly options?: ClientOptions
  readonly withinMs: number
}

/** A WebSocket; nothing when the target takes none. */
export async function webSocketLine(
  target: Address,
  watch: LineWatch,
  options: WebSocketOptions,
): Promise<Line | undefined> {
  const url = `${options.isSecure ? 'wss' : 'ws'}://${hostPort(target)}${options.path}`
  const socket = new WebSocket(url, 'sip', {
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
    handshakeTimeout: options.withinMs,
    ...(options.ip === undefined ? {} : { localAddress: options.ip }),
    ...options.options,
  })
  try {
    await once(socket, 'open')
  } catch {
    return undefined
  }
  return lineOn(socket, target, watch, options)
}

function lineOn(socket: WebSocket, target: Address, watch: LineWatch, options: WebSocketOptions): Line {
  const inbox = new Inbox()
  const transport = options.isSecure ? 'WSS' : 'WS'
  const line: Line = {
    transport,
    // A browser does not know its own port; nor do we.
    local: { ip: options.ip ?? '127.0.0.1', port: 0 },
    sentBy: `${transport} ${randomBytes(6).toString('hex')}.invalid`,
    heard: inbox.all,
    get heardOctets() {
      return inbox.octets
    },
    get isClosed() {
      return inbox.isClosed
    },
    send(text) {
      watch.spend()
      watch.sent(line, text)
      socket.send(Buffer.from(text, 'latin1'))
    },
    next: (fits, withinMs) => inbox.next(fits, withinMs),
    closed: withinMs => inbox.closed(withinMs),
    close: () => socket.terminate(),
  }
  socket.binaryType = 'nodebuffer'
  socket.on('message', octets => {
    const heard = new Heard(octetsOf(octets).toString('latin1'), target, watch.nowMs())
    watch.heard(line, heard)
    inbox.put(heard)
  })
  socket.on('error', () => {})
  socket.on('close', () => inbox.close())
  return line
}

function octetsOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
