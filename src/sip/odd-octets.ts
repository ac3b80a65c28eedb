/**
 * Where the first octet stands that honest headers rarely hold: control characters but tab and line ends, `$ % & '`,
 * a backquote, `\`, `{ | }`, and all that is not ASCII. WebAssembly looks at sixteen octets at a time: 600 octets take
 * 60 ns, so whoever looks for what hides in text need not look at most messages.
 *
 * An octet is odd when the row of its low half and the row of its high half have a bit in common.
 */
import { type Code, get, I32, i32, set, V128, wasmModule } from '../base/wasm-code.ts'
import { octetsOfMessage } from './octets.ts'
import { lineMemory, lineRoom } from './plain-lines.ts'

/** What we use of WebAssembly; the types of the language's library have it for browsers only. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: { host: { memory: object } },
  ) => { readonly exports: { odd(at: number, end: number): number } }
}

/** For each high half of an octet: a bit, and the low halves that are odd with it. */
const ODD: readonly (readonly [high: number, lows: readonly number[]])[] = [
  [0x0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15]],
  [0x1, [...Array(16).keys()]],
  [0x2, [4, 5, 6, 7]],
  [0x5, [12]],
  [0x6, [0]],
  [0x7, [11, 12, 13, 15]],
]
/** All octets from 0x80 on. */
const BEYOND_ASCII = 0x80

const lowRow = new Uint8Array(16).fill(BEYOND_ASCII)
const highRow = new Uint8Array(16).fill(BEYOND_ASCII, 8)
for (const [i, [high, lows]] of ODD.entries()) {
  highRow[high] = (highRow[high] ?? 0) | (1 << i)
  for (const low of lows) lowRow[low] = (lowRow[low] ?? 0) | (1 << i)
}

/** Whether an octet is odd; the same tables, one at a time. */
export function isOdd(code: number): boolean {
  return ((lowRow[code & 15] ?? 0) & (highRow[(code >> 4) & 15] ?? 0)) !== 0
}

const AT = 0
const END_AT = 1
const FOUND = 2
const SIXTEEN = 3
const LOWS = 4
const HIGHS = 5
const HALF = 6
const ZERO = 7

const I32_CTZ = 0x68
const I32_LT_U = 0x49
const I32_ADD = 0x6a
const RETURN = 0x0f
const END = 0x0b
const LOOP: Code = [0x03, 0x40]
const IF: Code = [0x04, 0x40]
const againIf = (depth: number): Code => [0x0d, depth]
const loadSixteen: Code = [0xfd, 0, 0, 0]
const constant = (row: Uint8Array): Code => [0xfd, 0x0c, ...row]
const splat: Code = [0xfd, 0x0f]
const swizzle: Code = [0xfd, 0x0e]
const isUnequal: Code = [0xfd, 0x24]
const and: Code = [0xfd, 0x4e]
const bitmask: Code = [0xfd, 0x64]
const shiftRight: Code = [0xfd, 0x6d]

const odd: Code = [
  ...[...constant(lowRow), ...set(LOWS), ...constant(highRow), ...set(HIGHS)],
  ...[...i32(15), ...splat, ...set(HALF), ...i32(0), ...splat, ...set(ZERO)],
  ...LOOP,
  ...[...get(AT), ...loadSixteen, ...set(SIXTEEN)],
  ...[...get(LOWS), ...get(SIXTEEN), ...get(HALF), ...and, ...swizzle],
  ...[...get(HIGHS), ...get(SIXTEEN), ...i32(4), ...shiftRight, ...swizzle],
  ...[...and, ...get(ZERO), ...isUnequal, ...bitmask, ...set(FOUND)],
  ...[...get(FOUND), ...IF, ...get(AT), ...get(FOUND), I32_CTZ, I32_ADD, RETURN, END],
  ...[...get(AT), ...i32(16), I32_ADD, ...set(AT)],
  ...[...get(AT), ...get(END_AT), I32_LT_U, ...againIf(0)],
  END,
  ...get(END_AT),
]

const program = wasmModule([
  {
    name: 'odd',
    params: 2,
    hasResult: true,
    locals: [
      [1, I32],
      [5, V128],
    ],
    code: odd,
  },
])
const { odd: findOdd } = new WebAssembly.Instance(new WebAssembly.Module(program), {
  host: { memory: lineMemory },
}).exports

/**
 * The first odd octet of a range of a message.
 * @param text of the message, latin-1
 * @returns its place, or `end` when there is none
 */
export function firstOdd(text: string, at: number, end: number): number {
  const octets = octetsOfMessage(text)
  if (octets === lineRoom) return Math.min(findOdd(at, end), end)
  while (at < end && !isOdd(octets[at] ?? 0)) at += 1
  return at
}
