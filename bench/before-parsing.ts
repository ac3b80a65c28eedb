import { parseNetwork } from '../src/base/network.ts'
import {
  DATAGRAM_WORDS,
  LENGTH,
  PORT,
  RECEIVE_SLOTS,
  RECEIVED_AT,
  REMOTE,
  SLOT_STRIDE,
  SLOTS_AT,
  TOTAL_BYTES,
} from '../src/net/batch-layout.ts'
import type { TransportCallbacks } from '../src/net/callbacks.ts'
import { BatchSocket } from '../src/net/udp-batch.ts'
import type { NativeDatagrams } from '../src/net/udp-native.ts'
import { Lanes } from '../src/server/admission/lanes.ts'
import { Bans } from '../src/server/detect/bans.ts'

/**
 * What a datagram costs that is not read: microseconds and octets of our own, the kernel's left out. The whole turn of
 * the socket runs, on memory that is filled here. `node --expose-gc bench/before-parsing.ts [--quick]`
 */
const BATCHES = process.argv.includes('--quick') ? 4000 : 20_000
const REQUEST = Buffer.from(
  'INVITE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n',
)
const RESPONSE = Buffer.from('SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nCall-ID: 1\r\n')

/** A socket of which the system's half is this program. */
class FilledSocket implements NativeDatagrams {
  readonly version = 1
  readonly memory = new ArrayBuffer(TOTAL_BYTES)
  turn: (datagrams: number) => void = () => {}

  open(...[, , , , , onTurn]: Parameters<NativeDatagrams['open']>): { memory: ArrayBuffer; port: number } {
    this.turn = onTurn
    return { memory: this.memory, port: 5060 }
  }

  flush(): void {}
  measure(): void {}
  close(): void {}

  steer(): boolean {
    return false
  }
}

interface Kind {
  readonly name: string
  readonly octets: Buffer
  /** Different sources. */
  readonly sources: number
  readonly isStrained: boolean
  readonly isBanned: boolean
}

const KINDS: readonly Kind[] = [
  {
    name: 'a stranger over budget, 1 source',
    octets: REQUEST,
    sources: 1,
    isStrained: true,
    isBanned: false,
  },
  {
    name: 'strangers over budget, 10,000 sources',
    octets: REQUEST,
    sources: 10_000,
    isStrained: true,
    isBanned: false,
  },
  {
    name: 'strangers over budget, 1,000,000 sources',
    octets: REQUEST,
    sources: 1_000_000,
    isStrained: true,
    isBanned: false,
  },
  {
    name: 'responses to nothing, 10,000 sources',
    octets: RESPONSE,
    sources: 10_000,
    isStrained: true,
    isBanned: false,
  },
  { name: 'banned, 1 source', octets: REQUEST, sources: 1, isStrained: false, isBanned: true },
  { name: 'banned, 10,000 sources', octets: REQUEST, sources: 10_000, isStrained: false, isBanned: true },
]

for (const kind of KINDS) {
  const { us, octets } = await costOf(kind)
  console.log(
    `${kind.name.padEnd(42)} ${us.toFixed(2).padStart(6)} µs  ${octets.toFixed(2).padStart(8)} octets`,
  )
}

/** Processor time and memory of one datagram. */
async function costOf(kind: Kind): Promise<{ us: number; octets: number }> {
  const native = new FilledSocket()
  const clock = { nowMs: 1 }
  const lanes = new Lanes({ nowMs: () => clock.nowMs, isLowered: () => false, notRead: () => {} })
  const bans = new Bans({ nowMs: () => clock.nowMs, wallMs: () => clock.nowMs })
  if (kind.isBanned)
    for (let n = 0; n < kind.sources; n += 1) ban(bans, `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
  if (kind.isStrained) lanes.strain(0)
  const callbacks: TransportCallbacks = {
    gate: lanes,
    admits: ip => !bans.refuses(ip),
    isAsking: () => bans.size > 0,
    onMessage: () => {
      throw new Error('it was to be refused')
    },
  }
  const socket = new BatchSocket(native, { ip: '0.0.0.0', port: 5060 }, { callbacks, gatherMicroseconds: 0 })
  await socket.start()
  const words = new Int32Array(native.memory, RECEIVED_AT, RECEIVE_SLOTS * DATAGRAM_WORDS)
  const bytes = Buffer.from(native.memory)
  for (let slot = 0; slot < RECEIVE_SLOTS; slot += 1) {
    kind.octets.copy(bytes, SLOTS_AT + slot * SLOT_STRIDE)
    words[slot * DATAGRAM_WORDS + LENGTH] = kind.octets.length
    words[slot * DATAGRAM_WORDS + PORT] = 5060
  }
  let n = 0
  const batch = (): void => {
    for (let slot = 0; slot < RECEIVE_SLOTS; slot += 1) {
      n = (n + 7919) % kind.sources
      words[slot * DATAGRAM_WORDS + REMOTE] = (10 << 24) | n
    }
    clock.nowMs += 2
    native.turn(RECEIVE_SLOTS)
  }
  for (let done = 0; done < 2000; done += 1) batch()
  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed
  const before = process.cpuUsage()
  for (let done = 0; done < BATCHES; done += 1) batch()
  const { user, system } = process.cpuUsage(before)
  const grown = Math.max(0, process.memoryUsage().heapUsed - heap)
  return { us: (user + system) / (BATCHES * RECEIVE_SLOTS), octets: grown / (BATCHES * RECEIVE_SLOTS) }
}

function ban(bans: Bans, ip: string): void {
  const network = parseNetwork(ip)
  if (network === undefined) return
  const [beganMs, endsMs] = [0, 1e12]
  bans.add({
    network,
    id: ip,
    why: 'measured',
    by: 'operator',
    findings: [],
    inKernel: false,
    beganMs,
    endsMs,
  })
}
