import { spawn } from 'node:child_process'
import { analyse, type Heard } from './tone.ts'
import { until } from './wait.ts'

/** G.711 µ-law packets that a phone received, as they came. */
export interface RtpRecording {
  /** What came from now on is another part. */
  part(): void
  /** Ends it and gives what each part holds of a tone. */
  stop(hz: number): Promise<readonly Heard[]>
}

const FILE_HEADER = 24
const RECORD_HEADER = 16
/** Ethernet, IPv4 and UDP. */
const BEFORE_RTP = 14 + 20 + 8
const RTP_HEADER = 12
const RATE = 8000

/** Records the RTP that reaches an address in a namespace: for phones whose own recordings end when a call is held. */
export async function recordRtp(namespace: string, ip: string): Promise<RtpRecording> {
  const tcpdump = ['tcpdump', '-U', '--immediate-mode', '-i', 'eth0', '-w', '-']
  const filter = `udp and dst host ${ip} and portrange 10000-10200`
  const child = spawn('ip', ['netns', 'exec', namespace, ...tcpdump, filter], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>(done => child.once('exit', () => done()))
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString('latin1')
  })
  const parts: number[][] = [[]]
  let buffered: Buffer = Buffer.alloc(0)
  let at = FILE_HEADER
  child.stdout.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk])
    while (buffered.length >= at + RECORD_HEADER) {
      const end = at + RECORD_HEADER + buffered.readUInt32LE(at + 8)
      if (buffered.length < end) break
      parts.at(-1)?.push(...samplesOf(buffered.subarray(at + RECORD_HEADER + BEFORE_RTP, end)))
      at = end
    }
  })
  await until(
    'tcpdump looks',
    () => told.includes('listening'),
    () => told,
  )
  return {
    part: () => void parts.push([]),
    stop: async hz => {
      child.kill('SIGTERM')
      await ended
      return parts.map(part => analyse(Int16Array.from(part), RATE, hz))
    },
  }
}

/** RTCP and other payload types give none. */
function samplesOf(packet: Buffer): number[] {
  const isPcmu = ((packet[1] ?? 0) & 0x7f) === 0
  return isPcmu ? [...packet.subarray(RTP_HEADER)].map(decode) : []
}

/** @see ITU-T G.711, µ-law */
function decode(byte: number): number {
  const bits = ~byte & 0xff
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84
  return (bits & 0x80) === 0 ? magnitude : -magnitude
}
