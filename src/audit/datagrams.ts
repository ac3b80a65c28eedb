import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import type { Address } from '../base/flow.ts'
import { OverBudget } from './budget.ts'
import { type Trial, Unable } from './trial.ts'

/** A datagram of another protocol than SIP. */
export interface Datagram {
  readonly octets: Buffer
  readonly from: Address
}

/** A socket for datagrams of another protocol. */
export interface Datagrams {
  /** What came, to a bound. */
  readonly received: readonly Datagram[]
  /** @param says what the octets say, for the ladder */
  send(octets: Buffer, to: Address, says: string): void
  /** Tells of each datagram that comes. */
  onDatagram(hear: (datagram: Datagram) => void): void
  /** Writes down what was understood of one that came. */
  heard(from: Address, says: string): void
}

/** Whose it is, and where it is. */
export interface DatagramsOptions {
  readonly who: string
  /** As the ladder calls it: `TFTP`, `RADIUS`. */
  readonly protocol: string
  /** Where it listens; an address of its own and any port when left out. */
  readonly listen?: Address
  /** Where it sends to, for the family. */
  readonly to?: Address
}

const MAX_KEPT = 1_000

/** Opens it until the end of the trial. @throws Unable when it cannot listen there */
export async function datagrams(trial: Trial, options: DatagramsOptions): Promise<Datagrams> {
  const { listen, to, who, protocol } = options
  const socket = createSocket(isIP((listen ?? to)?.ip ?? '') === 6 ? 'udp6' : 'udp4')
  const failed = once(socket, 'error').then(([error]) => String(error))
  socket.bind(listen?.port ?? 0, listen?.ip ?? trial.freshIp())
  const problem = await Promise.race([once(socket, 'listening').then(() => undefined), failed])
  if (problem !== undefined) throw new Unable(`nothing could listen for ${protocol}: ${problem}`)
  socket.on('error', () => {})
  trial.atEnd(async () => socket.close())
  const local: Address = { ip: socket.address().address, port: socket.address().port }
  const received: Datagram[] = []
  const hearers: ((datagram: Datagram) => void)[] = []
  const rung = (isSent: boolean, remote: Address) => ({ who, isSent, transport: protocol, local, remote })
  socket.on('message', (octets, { address: ip, port }) => {
    const datagram: Datagram = { octets, from: { ip, port } }
    if (received.length < MAX_KEPT) received.push(datagram)
    try {
      for (const hear of hearers) hear(datagram)
    } catch (error) {
      // Whoever asks more than may be answered gets no answer, and must not end the audit.
      if (!(error instanceof OverBudget)) throw error
    }
  })
  return {
    received,
    send(octets, place, says) {
      trial.spend(1)
      trial.note(rung(true, place), says)
      socket.send(octets, place.port, place.ip, () => {})
    },
    onDatagram: hear => void hearers.push(hear),
    heard: (from, says) => trial.note(rung(false, from), says),
  }
}
