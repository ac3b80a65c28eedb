import { timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

/** A value that never prints: logs, findings, JSON and stack traces show `[secret]`. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The value itself; call it only where it is used up (a hash, a cipher). */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}

/** Compares two strings of latin-1 text in time that depends on their length only. */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(a, 'latin1')
  const right = Buffer.from(b, 'latin1')
  if (left.length !== right.length) return false
  return timingSafeEqual(left, right)
}
