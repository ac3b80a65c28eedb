import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { honestUse } from './honest.ts'
import type { Outcome } from './outcome.ts'
import type { Transport } from './target.ts'
import { type Trial, Unable } from './trial.ts'

/** Connections that are begun at once. */
const BATCH = 100
/** One that does not stand by then is given up. */
const CONNECT_MS = 1_000
/** Messages of honest users beside the connections, what is said again included. */
export const HONEST_BESIDE = 400

/** Many connections of one attack. */
export interface Crowd {
  readonly sockets: readonly Socket[]
  /** Those that the target took and did not close since. */
  standing(): number
}

/** Opens connections and leaves them; each counts as a message. @param sources addresses, used in turn */
export async function openMany(
  trial: Trial,
  { transport, count, sources = 1 }: { transport: Transport; count: number; sources?: number },
): Promise<Crowd> {
  const port = trial.target.ports[transport]
  if (port === undefined) throw new Unable(`the target has no ${transport}`)
  const ips = Array.from({ length: sources }, () => trial.freshIp())
  const sockets: Socket[] = []
  trial.atEnd(async () => {
    for (const socket of sockets) socket.destroy()
  })
  while (sockets.length < count) {
    const size = Math.min(BATCH, count - sockets.length)
    trial.spend(size)
    const batch = Array.from({ length: size }, (_, at) => {
      const ip = ips[(sockets.length + at) % ips.length]
      return openOne(trial.target.ip, port, ip)
    })
    sockets.push(...(await Promise.all(batch)))
  }
  return { sockets, standing: () => sockets.filter(({ readyState }) => readyState === 'open').length }
}

function openOne(host: string, port: number, ip: string | undefined): Promise<Socket> {
  const socket = connect({ host, port, ...(ip === undefined ? {} : { localAddress: ip }) })
  socket.on('error', () => {})
  // Read, so that its end is seen.
  socket.resume()
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(socket), CONNECT_MS)
    const done = (): void => {
      clearTimeout(timer)
      resolve(socket)
    }
    socket.once('connect', done)
    socket.once('close', done)
  })
}

/** Whether honest users are served over these transports, asked twice. @returns nothing when all are */
export async function unservedBeside(
  trial: Trial,
  transports: readonly Transport[],
): Promise<string | undefined> {
  for (const transport of transports) {
    if (trial.target.ports[transport] === undefined) continue
    const problem = (await onceBeside(trial, transport)) && (await onceBeside(trial, transport))
    if (problem) return `over ${transport}: ${problem}`
  }
  return undefined
}

async function onceBeside(trial: Trial, transport: Transport): Promise<string | undefined> {
  try {
    return await honestUse(trial, transport)
  } catch (error) {
    if (error instanceof Unable) return error.message
    throw error
  }
}

/** What many connections did to honest users. @param told the connections, in words */
export function judgeBeside(
  trial: Trial,
  told: string,
  problem: string | undefined,
  counts: Outcome['counts'],
): Outcome {
  if (problem === undefined) return trial.resisted(`${told}; honest users were served beside them`, counts)
  const why = `${told}; an honest user was not served ${problem}`
  if (trial.hasManyAddresses) return trial.succeeded(why, counts)
  return trial.inconclusive(`${why}; but his address is that of the connections, and may be barred`, counts)
}

/** Opens silent connections, and looks whether honest users are served beside them. */
export async function crowdAndCall(trial: Trial, count: number, sources: number): Promise<Outcome> {
  const transports: readonly Transport[] = ['UDP', 'TCP']
  const before = await unservedBeside(trial, transports)
  if (before !== undefined) return trial.inconclusive(`honest users were not served before ${before}`)
  const crowd = await openMany(trial, { transport: 'TCP', count, sources })
  const problem = await unservedBeside(trial, transports)
  const standing = crowd.standing()
  const told = `of ${count} connections from ${sources} ${sources === 1 ? 'address' : 'addresses'} ${standing} stood`
  return judgeBeside(trial, told, problem, { opened: count, standing })
}

/** The first octets of a TLS handshake with the target: a whole ClientHello. */
export async function clientHello(servername: string): Promise<Buffer> {
  return await new Promise(resolve => {
    const wire = new Duplex({
      read() {},
      write(octets: Buffer, _, done) {
        resolve(octets)
        done()
      },
    })
    connectTls({ socket: wire, servername }).on('error', () => {})
  })
}
