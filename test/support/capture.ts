import { type ChildProcess, spawn } from 'node:child_process'

/** A packet on the loopback device of this network namespace. */
export interface Packet {
  readonly protocol: 'udp' | 'tcp'
  readonly fromIp: string
  readonly fromPort: number
  readonly toIp: string
  readonly toPort: number
  /** TCP: the first packet of a connection being opened. */
  readonly isOpening: boolean
  readonly payload: Buffer
}

/** What is seen on loopback from now on. */
export interface Capture {
  stop(): Promise<void>
}

const FILE_HEADER = 24
const RECORD_HEADER = 16
const ETHERNET_HEADER = 14

/** Reads every UDP and TCP packet on loopback by tcpdump; resolves once it looks. */
export async function startCapture(see: (packet: Packet) => void): Promise<Capture> {
  const child = spawn(
    'tcpdump',
    ['-i', 'lo', '-n', '-U', '-B', '65536', '-s', '0', '-w', '-', 'udp or tcp'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  let buffered: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  let skip = FILE_HEADER
  child.stdout.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk])
    let at = 0
    if (skip > 0 && buffered.length >= skip) {
      at = skip
      skip = 0
    }
    while (skip === 0 && buffered.length - at >= RECORD_HEADER) {
      const bytes = buffered.readUInt32LE(at + 8)
      const end = at + RECORD_HEADER + bytes
      if (buffered.length < end) break
      const packet = readPacket(buffered.subarray(at + RECORD_HEADER + ETHERNET_HEADER, end))
      if (packet !== undefined) see(packet)
      at = end
    }
    buffered = buffered.subarray(at)
  })
  await isLooking(child)
  return {
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function isLooking(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((done, fail) => {
    child.once('exit', code => fail(new Error(`tcpdump ended with ${code}: ${said}`)))
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      if (said.includes('listening on')) done()
    })
  })
}

/** Fragments and other families are passed over: the device carries 64 KiB in one piece. */
function readPacket(ip: Buffer): Packet | undefined {
  const version = (ip[0] ?? 0) >> 4
  if (version === 6) return transportOf(ip, ip[6] ?? 0, 40, ipv6Text(ip, 8), ipv6Text(ip, 24))
  if (version !== 4) return undefined
  return transportOf(ip, ip[9] ?? 0, ((ip[0] ?? 0) & 15) * 4, ipv4Text(ip, 12), ipv4Text(ip, 16))
}

function transportOf(
  ip: Buffer,
  number: number,
  at: number,
  fromIp: string,
  toIp: string,
): Packet | undefined {
  if ((number !== 17 && number !== 6) || ip.length < at + 8) return undefined
  const ends = { fromIp, fromPort: ip.readUInt16BE(at), toIp, toPort: ip.readUInt16BE(at + 2) }
  if (number === 17) return { protocol: 'udp', ...ends, isOpening: false, payload: ip.subarray(at + 8) }
  const flags = ip[at + 13] ?? 0
  const headerBytes = ((ip[at + 12] ?? 0) >> 4) * 4
  return {
    protocol: 'tcp',
    ...ends,
    isOpening: (flags & 0x12) === 0x02,
    payload: ip.subarray(at + headerBytes),
  }
}

function ipv4Text(bytes: Buffer, at: number): string {
  return [...bytes.subarray(at, at + 4)].join('.')
}

function ipv6Text(bytes: Buffer, at: number): string {
  return (
    bytes
      .subarray(at, at + 16)
      .toString('hex')
      .match(/.{4}/g) ?? []
  ).join(':')
}
