/**
 * WebAssembly put together from instructions that stand in the source as a program to be read, and not as octets that
 * a compiler made. What is here is the form of a module; the programs stand where they are used.
 * @see WebAssembly Core Specification 2.0, §5
 */
export type Code = readonly number[]

export const I32 = 0x7f
export const I64 = 0x7e
export const V128 = 0x7b

/** A function whose parameters are numbers of 32 bits. */
export interface WasmFunction {
  readonly name: string
  readonly params: number
  /** Whether it gives back a number of 32 bits. */
  readonly hasResult: boolean
  /** Local variables behind the parameters: how many of which type. */
  readonly locals: readonly (readonly [count: number, type: number])[]
  readonly code: Code
}

/** A module that imports `host.memory`, of one page or more, and exports the functions. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array {
  const bodies = functions.map(({ locals, code }) => {
    const body = [locals.length, ...locals.flat(), ...code, 0x0b]
    return [...unsigned(body.length), ...body]
  })
  const types = functions.map(({ params, hasResult }) => [
    ...[0x60, params, ...Array.from({ length: params }, () => I32)],
    ...(hasResult ? [1, I32] : [0]),
  ])
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [types.length, ...types.flat()]),
    ...section(2, [1, ...name('host'), ...name('memory'), 2, 0, 1]),
    ...section(3, [functions.length, ...functions.keys()]),
    ...section(7, [functions.length, ...functions.flatMap((each, i) => [...name(each.name), 0, i])]),
    ...section(10, [functions.length, ...bodies.flat()]),
  ])
}

export const get = (local: number): Code => [0x20, local]
export const set = (local: number): Code => [0x21, local]
export const i32 = (value: number): Code => [0x41, ...signed(value)]
export const i64 = (value: number): Code => [0x42, ...signed(value)]

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content]
}

function name(text: string): Code {
  return [text.length, ...Buffer.from(text, 'latin1')]
}

/** LEB128. */
export function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

/** LEB128 with a sign. */
function signed(value: number): Code {
  const isLast = value >= -0x40 && value < 0x40
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
