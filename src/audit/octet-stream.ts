import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Address } from '../base/flow.ts'
import type { Trial } from './trial.ts'

/** What a peer may fill of our memory. */
const MAX_KEPT = 1 << 18

/** A connection that carries something else than SIP messages, octet by octet. */
export interface OctetStream {
  readonly local: Address
  /** Whether the peer ended it. */
  readonly isClosed: boolean
  /** Octets that came, those beyond the bound left out. */
  readonly received: Buffer
  /** @param says what the octets say, for the ladder */
  send(octets: Buffer, says: string): void
  /**
   * Reads what came until that is something.
   * @param read all that came so far; nothing while more is needed
   * @returns nothing when it never was: the peer ended the connection, or the time is over
   */
  read<T>(read: (received: Buffer) => T | undefined, withinMs: number): Promise<T | undefined>
  /** Writes down what was understood of the answer. */
  heard(says: string): void
  close(): void
}

/** Where it goes, and whose it is. */
export interface OctetStreamOptions {
  readonly who: string
  readonly at: Address
  /** As the ladder calls it: `TLS`, `HTTP`. */
  readonly protocol: string
  readonly withinMs?: number
  /** TLS with these options; whoever answers is believed. */
  readonly tls?: ConnectionOptions
}

/** A connection from an address of its own; nothing when none is taken. It is closed at the end of the trial. */
export async function octetStream(
  trial: Trial,
  options: OctetStreamOptions,
): Promise<OctetStream | undefined> {
  const { at } = options
  const ip = trial.freshIp()
  const where = { host: at.ip, port: at.port, ...(ip === undefined ? {} : { localAddress: ip }) }
  const { tls } = options
  const socket =
    tls === undefined ? connect(where) : connectTls({ ...where, rejectUnauthorized: false, ...tls })
  try {
    await once(socket, tls === undefined ? 'connect' : 'secureConnect', {
      signal: AbortSignal.timeout(options.withinMs ?? trial.answerMs),
    })
  } catch {
    socket.on('error', () => {})
    socket.destroy()
    return undefined
  }
  trial.atEnd(async () => socket.destroy())
  return streamOn(socket, trial, options)
}

function streamOn(socket: Socket, trial: Trial, { who, at, protocol }: OctetStreamOptions): OctetStream {
  const local: Address = { ip: socket.localAddress ?? '', port: socket.localPort ?? 0 }
  let received: Buffer = Buffer.alloc(0)
  let isClosed = false
  let look = (): void => {}
  const rung = (isSent: boolean) => ({ who, isSent, transport: protocol, local, remote: at })
  const end = (): void => {
    isClosed = true
    look()
  }
  socket.on('data', (octets: Buffer) => {
    if (received.length < MAX_KEPT) received = Buffer.concat([received, octets])
    look()
  })
  socket.on('error', () => {})
  socket.on('end', end)
  socket.on('close', end)
  return {
    local,
    get isClosed() {
      return isClosed
    },
    get received() {
      return received
    },
    send(octets, says) {
      trial.spend(1)
      trial.note(rung(true), says)
      socket.write(octets)
    },
    read: (read, withinMs) =>
      new Promise(resolve => {
        const timer = setTimeout(() => finish(undefined), withinMs)
        const finish = (found: ReturnType<typeof read>): void => {
          clearTimeout(timer)
          look = () => {}
          resolve(found)
        }
        look = () => {
          const found = read(received)
          if (found !== undefined || isClosed) finish(found)
        }
        look()
      }),
    heard: says => trial.note(rung(false), says),
    close: () => socket.destroy(),
  }
}
