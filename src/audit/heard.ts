import type { Address } from '../base/flow.ts'

/** No header of use is longer; a target that sends more fills no memory with its lines. */
const MAX_HEAD = 65_536

/**
 * A message that came, read by the plainest means: the audit must be able to doubt any parser, ours too. Compact names
 * are understood (RFC 3261 §7.3.3).
 */
export class Heard {
  /** One character an octet. */
  readonly text: string
  readonly from: Address
  readonly atMs: number
  readonly #head: readonly string[]

  constructor(text: string, from: Address, atMs: number) {
    this.text = text
    this.from = from
    this.atMs = atMs
    const end = text.indexOf('\r\n\r\n')
    this.#head = text.slice(0, Math.min(end < 0 ? text.length : end, MAX_HEAD)).split('\r\n')
  }

  get startLine(): string {
    return this.#head[0] ?? ''
  }

  /** Of a response; 0 of a request. */
  get status(): number {
    return this.startLine.startsWith('SIP/2.0 ') ? Number(this.startLine.slice(8, 11)) : 0
  }

  /** Of a request; empty of a response. */
  get method(): string {
    return this.status === 0 ? (this.startLine.split(' ', 1)[0] ?? '') : ''
  }

  get requestUri(): string {
    return this.status === 0 ? (this.startLine.split(' ')[1] ?? '') : ''
  }

  /** Values of the fields of that name, in their order; those on one line stay together. */
  all(name: string): readonly string[] {
    const long = name.toLowerCase()
    const short = COMPACT.get(long)
    const found: string[] = []
    for (const line of this.#head.slice(1)) {
      const colon = line.indexOf(':')
      const written = line.slice(0, colon).trim().toLowerCase()
      if (written === long || written === short) found.push(line.slice(colon + 1).trim())
    }
    return found
  }

  /** The first value of that name; empty when there is none. */
  header(name: string): string {
    return this.all(name)[0] ?? ''
  }

  /** A parameter of the first value of that name: `tag` of From. */
  parameter(name: string, parameter: string): string {
    const value = this.header(name)
    const after = value.slice(value.lastIndexOf('>') + 1)
    const found = after.split(';').find(part => part.trim().toLowerCase().startsWith(`${parameter}=`))
    return found?.trim().slice(parameter.length + 1) ?? ''
  }

  /** The URI in angle brackets, or the bare one, of the first value of that name. */
  uri(name: string): string {
    const value = this.header(name)
    const open = value.indexOf('<')
    return open < 0 ? (value.split(';', 1)[0] ?? '').trim() : value.slice(open + 1, value.indexOf('>', open))
  }

  get body(): string {
    const end = this.text.indexOf('\r\n\r\n')
    return end < 0 ? '' : this.text.slice(end + 4)
  }

  get callId(): string {
    return this.header('Call-ID')
  }

  /** Number and method. */
  get cseq(): { readonly number: number; readonly method: string } {
    const [number = '', method = ''] = this.header('CSeq').split(/\s+/, 2)
    return { number: Number(number), method }
  }
}

const COMPACT: ReadonlyMap<string, string> = new Map([
  ['call-id', 'i'],
  ['contact', 'm'],
  ['content-encoding', 'e'],
  ['content-length', 'l'],
  ['content-type', 'c'],
  ['from', 'f'],
  ['identity', 'y'],
  ['refer-to', 'r'],
  ['referred-by', 'b'],
  ['session-expires', 'x'],
  ['subject', 's'],
  ['supported', 'k'],
  ['to', 't'],
  ['via', 'v'],
])
