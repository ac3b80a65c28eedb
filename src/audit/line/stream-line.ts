import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Address } from '../../base/flow.ts'
import { Heard } from '../heard.ts'
import { Inbox } from './inbox.ts'
import type { Line, LineWatch } from './line.ts'
import { hostPort } from './place.ts'
import { StreamMessages } from './stream-messages.ts'

/** How a connection begins. */
export interface StreamOptions {
  /** Of ours; the system's choice when left out. */
  readonly ip?: string
  /** TLS with these options; clear TCP when left out. */
  readonly tls?: ConnectionOptions
  readonly withinMs: number
}

/** A connection; nothing when the target takes none, or the handshake fails. */
export async function streamLine(
  target: Address,
  watch: LineWatch,
  options: StreamOptions,
): Promise<Line | undefined> {
  const where = {
    port: target.port,
    host: target.ip,
    ...(options.ip === undefined ? {} : { localAddress: options.ip }),
  }
  const isTls = options.tls !== undefined
  const socket: Socket = isTls ? connectTls({ ...where, ...options.tls }) : connect(where)
  const signal = AbortSignal.timeout(options.withinMs)
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal })
  } catch {
    socket.on('error', () => {})
    socket.destroy()
    return undefined
  }
  return lineOn(socket, target, watch, isTls)
}

function lineOn(socket: Socket, target: Address, watch: LineWatch, isTls: boolean): Line {
  const inbox = new Inbox()
  const messages = new StreamMessages()
  const transport = isTls ? 'TLS' : 'TCP'
  const local: Address = { ip: socket.localAddress ?? '', port: socket.localPort ?? 0 }
  const line: Line = {
    transport,
    local,
    sentBy: `${transport} ${hostPort(local)}`,
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
      socket.write(text, 'latin1')
    },
    next: (fits, withinMs) => inbox.next(fits, withinMs),
    closed: withinMs => inbox.closed(withinMs),
    close: () => socket.destroy(),
  }
  socket.setNoDelay(true)
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    for (const message of messages.take(text)) {
      const heard = new Heard(message, target, watch.nowMs())
      watch.heard(line, heard)
      inbox.put(heard)
    }
  })
  socket.on('error', () => {})
  socket.on('end', () => inbox.close())
  socket.on('close', () => inbox.close())
  return line
}
