import { MAX_WORKERS } from './mark.ts'

/**
 * A program for the system's packet filter (classic BPF) that picks the worker of each datagram before anybody is woken:
 * a response goes to the one that its branch names, anything else by its source. So hardly a response has to be handed
 * over, and when a worker dies the phones of the others stay where they are; by its own hash the system would move them.
 *
 * It is a convenience: what it does not understand goes by the system's hash, and whoever gets another's response hands
 * it over as always.
 * @see Linux Documentation/networking/filter.rst, socket(7) SO_ATTACH_REUSEPORT_CBPF
 */
export interface Steering {
  /** Number of this machine, 0 to 255. */
  readonly node: number
  /** Workers in all. */
  readonly count: number
  /** Workers that listen, in the order in which the system lists their sockets. */
  readonly order: readonly number[]
  /** An odd number of 32 bits that nobody outside knows: else strangers could send all to one worker. */
  readonly factor: number
}

/** One instruction takes eight octets: code, jump if true, jump if false, operand. */
const INSTRUCTION_BYTES = 8
const LD_WORD = 0x20
const LD_HALF = 0x28
const LD_BYTE = 0x30
const LD_WORD_AT_X = 0x40
const LD_HALF_AT_X = 0x48
const LD_LENGTH = 0x80
const LDX = 0x01
const TAX = 0x07
const TXA = 0x87
const ADD = 0x04
const ADD_X = 0x0c
const AND = 0x54
const MUL = 0x24
const MOD = 0x94
const SHIFT_RIGHT = 0x74
const JUMP = 0x05
const IF_EQUAL = 0x15
const IF_AT_LEAST = 0x35
const RETURN = 0x06

/** Offsets from here on count from the IP header; others from the first octet of the datagram. */
const IP = 0xfff0_0000
/** No socket has this place: the system then goes by its own hash. */
const BY_HASH = 0xffff_ffff

/** Octets of `SIP/2.0 200 `. */
const STATUS_BYTES = 12
const MAX_REASON_BYTES = 40
/** Octets of CRLF and `Via: SIP/2.0/UDP `. */
const VIA_BYTES = 19
/** What may stand before `;branch=`: the shortest is `1.1.1.1`, the longest has rport, received and a long name. */
const MIN_SENT_BY_BYTES = 7
const MAX_SENT_BY_BYTES = 110
const BRANCH_BYTES = 8
const MARK_AT = BRANCH_BYTES + 7
/** Reading behind the end would pick the first socket. */
const MIN_BYTES = STATUS_BYTES + MAX_REASON_BYTES + VIA_BYTES + MAX_SENT_BY_BYTES + MARK_AT + 4

/** The program, as the system takes it. */
export function steeringProgram({ node, count, order, factor }: Steering): Uint8Array {
  const to = new Program()
  const place = (worker: number): number => placeOf(worker, order)
  to.add(LD_LENGTH, 0)
  to.add(IF_AT_LEAST, MIN_BYTES, 'over one', 'next')
  to.add(JUMP, 0, 'source')
  to.expect(LD_WORD, 0, word('SIP/'))
  to.expect(LD_WORD, 4, word('2.0 '))
  for (let bytes = 0; bytes <= MAX_REASON_BYTES; bytes += 1) {
    to.add(LD_WORD, STATUS_BYTES + bytes)
    to.add(IF_EQUAL, word('\r\nVi'), 'next', 'over two')
    to.add(LDX, bytes)
    to.add(JUMP, 0, 'via')
  }
  to.add(JUMP, 0, 'source')
  to.label('via')
  const base = STATUS_BYTES + VIA_BYTES
  to.expect(LD_WORD_AT_X, base - 4, word('UDP '))
  for (let bytes = MIN_SENT_BY_BYTES; bytes <= MAX_SENT_BY_BYTES; bytes += 1) {
    to.add(LD_WORD_AT_X, base + bytes)
    to.add(IF_EQUAL, word(';bra'), 'next', 'over three')
    to.add(TXA, 0)
    to.add(ADD, bytes)
    to.add(JUMP, 0, 'branch')
  }
  to.add(JUMP, 0, 'source')
  to.label('branch')
  to.add(TAX, 0)
  to.expect(LD_WORD_AT_X, base + BRANCH_BYTES, word('z9hG'))
  to.expect(LD_HALF_AT_X, base + MARK_AT, half(hex(node)))
  to.add(LD_HALF_AT_X, base + MARK_AT + 2)
  for (let worker = 0; worker < Math.min(count, MAX_WORKERS); worker += 1) {
    to.add(IF_EQUAL, half(hex(worker)), 'next', 'over one')
    to.add(RETURN, place(worker))
  }
  to.label('source')
  to.add(LD_BYTE, IP)
  // Version 4 without options has its ports behind 20 octets, version 6 without extensions behind 40.
  to.add(IF_EQUAL, 0x45, 'next', 'version 6')
  to.add(LD_HALF, IP + 20)
  to.add(TAX, 0)
  to.add(LD_WORD, IP + 12)
  to.add(JUMP, 0, 'hash')
  to.label('version 6')
  to.add(AND, 0xf0)
  to.expect(undefined, 0, 0x60)
  to.expect(LD_BYTE, IP + 6, 17)
  to.add(LD_WORD, IP + 12)
  to.add(MUL, factor)
  to.add(TAX, 0)
  to.add(LD_WORD, IP + 20)
  to.add(ADD_X, 0)
  to.add(TAX, 0)
  to.add(LD_HALF, IP + 40)
  to.label('hash')
  to.add(MUL, factor)
  to.add(ADD_X, 0)
  to.add(MUL, factor)
  to.add(SHIFT_RIGHT, 16)
  to.add(MOD, count)
  for (let worker = 0; worker < count; worker += 1) {
    to.add(IF_EQUAL, worker, 'next', 'over one')
    to.add(RETURN, place(worker))
  }
  return to.assembled()
}

/** Whose place it is while a worker is away: always the same other's. */
function placeOf(worker: number, order: readonly number[]): number {
  const own = order.indexOf(worker)
  if (own >= 0) return own
  return order.length === 0 ? BY_HASH : worker % order.length
}

type Target =
  | 'next'
  | 'over one'
  | 'over two'
  | 'over three'
  | 'via'
  | 'branch'
  | 'version 6'
  | 'hash'
  | 'source'

const SKIPPED: Readonly<Record<string, number>> = { next: 0, 'over one': 1, 'over two': 2, 'over three': 3 }

interface Instruction {
  readonly code: number
  readonly operand: number
  readonly ifTrue: Target
  readonly ifFalse: Target
}

class Program {
  readonly #instructions: Instruction[] = []
  readonly #labels = new Map<Target, number>()

  add(code: number, operand: number, ifTrue: Target = 'next', ifFalse: Target = 'next'): void {
    this.#instructions.push({ code, operand, ifTrue, ifFalse })
  }

  label(name: Target): void {
    this.#labels.set(name, this.#instructions.length)
  }

  /** Goes by the source when something else stands there: a conditional jump reaches 255 instructions, a plain one any. */
  expect(load: number | undefined, at: number, value: number): void {
    if (load !== undefined) this.add(load, at)
    this.add(IF_EQUAL, value, 'over one', 'next')
    if (this.#labels.has('source')) this.add(RETURN, BY_HASH)
    else this.add(JUMP, 0, 'source')
  }

  /** What is behind the last instruction goes by the system's hash. */
  assembled(): Uint8Array {
    this.add(RETURN, BY_HASH)
    const bytes = Buffer.alloc(this.#instructions.length * INSTRUCTION_BYTES)
    for (const [index, { code, operand, ifTrue, ifFalse }] of this.#instructions.entries()) {
      const at = index * INSTRUCTION_BYTES
      bytes.writeUInt16LE(code, at)
      const isPlain = code === JUMP
      bytes[at + 2] = isPlain ? 0 : this.#distance(index, ifTrue)
      bytes[at + 3] = isPlain ? 0 : this.#distance(index, ifFalse)
      bytes.writeUInt32LE(isPlain ? this.#distance(index, ifTrue) : operand >>> 0, at + 4)
    }
    return bytes
  }

  #distance(from: number, target: Target): number {
    const skipped = SKIPPED[target]
    if (skipped !== undefined) return skipped
    return (this.#labels.get(target) ?? from + 1) - from - 1
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0')
}

function word(text: string): number {
  return Buffer.from(text, 'latin1').readUInt32BE(0)
}

function half(text: string): number {
  return Buffer.from(text, 'latin1').readUInt16BE(0)
}
