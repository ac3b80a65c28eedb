import { createSocket, type Socket } from 'node:dgram'
import {
  CONTROL_WORDS,
  DATAGRAM_WORDS,
  LENGTH,
  OFFSET,
  OUTGOING_AT,
  PORT,
  REMOTE,
  SEND_COUNT,
  SEND_SLOTS,
  USED_BYTES,
} from '../../src/net/batch-layout.ts'
import type { NativeDatagrams, NativeSocket } from '../../src/net/udp-native.ts'
import { SimRandom } from '../sim/sim-random.ts'

/** How long to go on, and with which dice. */
export interface FuzzOptions {
  readonly rounds: number
  readonly seed: number
}

/** What was done. */
export interface FuzzResult {
  readonly calls: number
  /** Calls that were refused by an exception, as misuse is to be. */
  readonly thrown: number
}

const MAX_OPEN = 8
const GARBAGE: readonly [unknown, ...unknown[]] = [
  undefined,
  null,
  true,
  -1,
  65_536,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  10n,
  '',
  '127.0.0.1\0',
  '300.1.1.1',
  'localhost',
  'x'.repeat(1000),
  Symbol('x'),
  {},
  [],
  new ArrayBuffer(8),
  new Proxy({}, {}),
  () => {},
  new Date(0),
]

/**
 * Calls the native functions in every state with whatever there is: wrong arguments, sockets that are closed or none,
 * words of the shared memory that make no sense, memory that was given away, a close in the midst of a batch.
 */
export async function fuzzNative(native: NativeDatagrams, options: FuzzOptions): Promise<FuzzResult> {
  const fuzz = new Fuzz(native, new SimRandom(options.seed))
  for (let round = 0; round < options.rounds; round += 1) await fuzz.round()
  return fuzz.end()
}

class Fuzz {
  readonly #native: NativeDatagrams
  readonly #random: SimRandom
  readonly #peer: Socket = createSocket('udp4')
  /** With whether it is one for IPv6. */
  readonly #open = new Map<NativeSocket, boolean>()
  #closed: NativeSocket[] = []
  #calls = 0
  #thrown = 0

  constructor(native: NativeDatagrams, random: SimRandom) {
    this.#native = native
    this.#random = random
  }

  async round(): Promise<void> {
    const steps = this.#random.between(1, 10)
    for (let step = 0; step < steps; step += 1) this.#step()
    if (this.#random.happens(0.5)) await new Promise(resolve => setImmediate(resolve))
    // Objects that nobody holds go, where the collector can be called.
    if (this.#random.happens(0.02)) globalThis.gc?.()
  }

  async end(): Promise<FuzzResult> {
    for (const socket of this.#open.keys()) this.#native.close(socket)
    this.#peer.close()
    await new Promise(resolve => setImmediate(resolve))
    return { calls: this.#calls, thrown: this.#thrown }
  }

  #step(): void {
    const socket = this.#one()
    switch (this.#random.between(0, 7)) {
      case 0:
        return this.#openOne()
      case 1: {
        // One argument is wrong, or there are too few.
        const wrong: unknown[] = ['127.0.0.1', 0, false, 4096, 500, () => {}]
        wrong[this.#random.between(0, 5)] = this.#random.pick(GARBAGE)
        const made = this.#call(this.#native.open, wrong.slice(0, this.#random.happens(0.2) ? 3 : 6))
        if (isSocket(made)) this.#native.close(made)
        return
      }
      case 2:
        return this.#anyFunction(this.#random.pick(GARBAGE))
      case 3:
        return this.#anyFunction(this.#closed.at(-1) ?? {})
      case 4:
        return socket && this.#scribble(socket)
      case 5:
        return socket && this.#sendTo(socket)
      case 6:
        if (socket !== undefined && this.#random.happens(0.3)) return this.#anyFunction(Object.create(socket))
        return socket && this.#anyFunction(socket)
      default:
        if (socket !== undefined && this.#random.happens(0.2)) this.#giveAway(socket)
    }
  }

  #openOne(): void {
    if (this.#open.size >= MAX_OPEN) return
    const ip = this.#random.pick(['127.0.0.1', '::1', '0.0.0.0', '::'])
    const buffer = this.#random.pick([1, 4096, 1_000_000])
    const gather = this.#random.pick([0, 50, 500])
    const socket = this.#native.open(ip, 0, this.#random.happens(0.3), buffer, gather, datagrams => {
      if (datagrams > 0 && this.#random.happens(0.3)) this.#step()
    })
    this.#open.set(socket, ip.includes(':'))
  }

  #one(): NativeSocket | undefined {
    const all = [...this.#open.keys()]
    return all[this.#random.between(0, Math.max(0, all.length - 1))]
  }

  #anyFunction(argument: unknown): void {
    const { flush, measure, close } = this.#native
    const called = this.#random.pick([flush, measure, close])
    const given = this.#random.happens(0.1) ? [] : [argument]
    this.#call(called, given)
    if (called !== close || given.length === 0 || !isSocket(argument) || !this.#open.delete(argument)) return
    this.#closed = [...this.#closed.slice(-3), argument]
  }

  #call(called: (...given: never[]) => unknown, given: readonly unknown[]): unknown {
    this.#calls += 1
    try {
      return Reflect.apply(called, undefined, given)
    } catch {
      this.#thrown += 1
      return undefined
    }
  }

  /** Words to send by that may or may not make sense; they lead to this machine only. */
  #scribble(socket: NativeSocket): void {
    const { memory } = socket
    const loopback = this.#open.get(socket) === true ? [0, 0, 0, 1] : [0x7f00_0001, 0, 0, 0]
    if (memory.byteLength === 0) return
    const control = new Int32Array(memory, 0, CONTROL_WORDS)
    const outgoing = new Int32Array(memory, OUTGOING_AT, SEND_SLOTS * DATAGRAM_WORDS)
    const any = (): number =>
      this.#random.pick([0, 1, -1, 600, 65_507, 70_000, 2 ** 20, 2 ** 31 - 1, -(2 ** 31)])
    const count = this.#random.between(0, 20)
    for (let at = 0; at < count * DATAGRAM_WORDS; at += DATAGRAM_WORDS) {
      for (let word = 0; word < DATAGRAM_WORDS; word += 1)
        outgoing[at + word] = this.#random.happens(0.5) ? 0 : any()
      outgoing[at + LENGTH] = any()
      outgoing[at + OFFSET] = this.#random.happens(0.5) ? 0 : any()
      outgoing[at + PORT] = this.#random.happens(0.5) ? this.#random.between(1, 65_535) : any()
      outgoing.set(loopback, at + REMOTE)
    }
    for (const word of [SEND_COUNT, USED_BYTES]) control[word] = this.#random.happens(0.5) ? count : any()
    if (this.#random.happens(0.1)) control[this.#random.between(0, CONTROL_WORDS - 1)] = any()
  }

  #sendTo({ port }: NativeSocket): void {
    const octets = Buffer.alloc(this.#random.pick([0, 1, 4, 600, 1500, 65_507]), 'x')
    const count = this.#random.pick([1, 5, 300])
    for (let each = 0; each < count; each += 1) this.#peer.send(octets, port, '127.0.0.1', () => {})
  }

  #giveAway({ memory }: NativeSocket): void {
    this.#calls += 1
    try {
      structuredClone(memory, { transfer: [memory] })
    } catch {
      this.#thrown += 1
    }
  }
}

function isSocket(made: unknown): made is NativeSocket {
  return typeof made === 'object' && made !== null && Object.hasOwn(made, 'memory')
}
