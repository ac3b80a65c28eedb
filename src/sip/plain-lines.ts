/**
 * Where the lines of a plain header end: one that holds no control character but the CR LF behind each line, and no
 * line that goes on over the next. Nearly all are. WebAssembly looks at sixteen octets at a time: a header of twelve
 * lines takes 50 ns, and 250 with `indexOf` for each CR and LF. What is not plain is left to who reads line by line.
 */
import { LIMITS } from '../base/limits.ts'
import { type Code, get, I32, i32, set, V128, wasmModule } from '../base/wasm-code.ts'

/** What we use of WebAssembly; the types of the language's library have it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: { host: { memory: object } },
  ) => {
    readonly exports: { lines(at: number, end: number): number }
  }
}

/** A message, and behind it the ends of its lines. */
const TEXT_PAGES = 2
const PAGE = 65_536
const ENDS_AT = TEXT_PAGES * PAGE

const AT = 0
const LAST = 1
const OUT = 2
const FOUND = 3
const NEXT = 4
const LOW = 5

const I32_EQZ = 0x45
const I32_EQ = 0x46
const I32_NE = 0x47
const I32_CTZ = 0x68
const I32_ADD = 0x6a
const I32_SUB = 0x6b
const I32_SHR_U = 0x76
const RETURN = 0x0f
const END = 0x0b
const LOOP: Code = [0x03, 0x40]
const IF: Code = [0x04, 0x40]
const again = (depth: number): Code => [0x0c, depth]
const againIf = (depth: number): Code => [0x0d, depth]
const load16 = (offset: number): Code => [0x2f, 0, offset]
const load8 = (offset: number): Code => [0x2d, 0, offset]
const store: Code = [0x36, 0, 0]
const loadSixteen: Code = [0xfd, 0, 0, 0]
const splat: Code = [0xfd, 0x0f]
const isBelow: Code = [0xfd, 0x26]
const bitmask: Code = [0xfd, 0x64]
const CR_LF = 0x0a0d
const giveUp: Code = [...i32(-1), RETURN]

/** `lines(at, last)`: writes the place of each CR LF; `last` is where the last number may stand. Gives back how many. */
const lines: Code = [
  ...[...i32(14), ...splat, ...set(LOW), ...i32(ENDS_AT), ...set(OUT)],
  ...LOOP,
  // The first octet below 14, sixteen at a time; NUL behind the text is one.
  ...LOOP,
  ...[...get(AT), ...loadSixteen, ...get(LOW), ...isBelow, ...bitmask, ...set(FOUND)],
  ...[...get(FOUND), I32_EQZ, ...IF, ...get(AT), ...i32(16), I32_ADD, ...set(AT), ...again(1), END],
  END,
  ...[...get(AT), ...get(FOUND), I32_CTZ, I32_ADD, ...set(AT)],
  ...[...get(AT), ...load16(0), ...i32(CR_LF), I32_NE, ...IF, ...giveUp, END],
  ...[...get(OUT), ...get(LAST), I32_EQ, ...IF, ...giveUp, END],
  ...[...get(OUT), ...get(AT), ...store, ...get(OUT), ...i32(4), I32_ADD, ...set(OUT)],
  // Space and tab, which go on: 32 and 9 have no bit in common, so each is asked.
  ...[...get(AT), ...load8(2), ...set(NEXT)],
  ...[...get(NEXT), ...i32(32), I32_EQ, ...IF, ...giveUp, END],
  ...[...get(NEXT), ...i32(9), I32_EQ, ...IF, ...giveUp, END],
  ...[...get(AT), ...i32(2), I32_ADD, ...set(AT)],
  ...[...get(AT), ...load16(0), ...i32(CR_LF), I32_NE, ...againIf(0)],
  END,
  ...[...get(OUT), ...i32(ENDS_AT), I32_SUB, ...i32(2), I32_SHR_U],
]

/** What `lineRoom` is part of. */
export const lineMemory = new WebAssembly.Memory({ initial: TEXT_PAGES + 1, maximum: TEXT_PAGES + 1 })
const program = wasmModule([
  {
    name: 'lines',
    params: 2,
    hasResult: true,
    locals: [
      [3, I32],
      [1, V128],
    ],
    code: lines,
  },
])
// Taken out once: `exports` is an accessor, and asking it for each message took 0.1 µs.
const { lines: findLines } = new WebAssembly.Instance(new WebAssembly.Module(program), {
  host: { memory: lineMemory },
}).exports

/** Room for the octets of a message; behind them must be a NUL. */
export const lineRoom = Buffer.from(lineMemory.buffer, 0, TEXT_PAGES * PAGE)

/** Where the lines end that `plainLines` found last. */
export const lineEnds = new Int32Array(lineMemory.buffer, ENDS_AT, LIMITS.maxHeaders)

/**
 * Looks at what stands in `lineRoom` from `at`, where no empty line stands, to the next empty line.
 * @returns how many lines there are, or -1 when they are not plain, or more than `LIMITS.maxHeaders`
 */
export function plainLines(at: number): number {
  return findLines(at, ENDS_AT + LIMITS.maxHeaders * 4)
}
