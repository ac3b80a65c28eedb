import type { NumberReading } from './number.ts'

/** Digits and `+`. */
const WIDTH = 11
const NONE = -1

/**
 * Prefixes of classes and rules in one trie, built when the configuration is loaded: a request costs one walk over its
 * digits, whatever the number of prefixes, and makes nothing.
 */
export class NumberTable {
  readonly #nodes: number[] = new Array(WIDTH).fill(0)
  readonly #prefixClass: number[] = [NONE]
  readonly #exactClass: number[] = [NONE]
  readonly #prefixNumber: number[] = [NONE]
  /** By number of a prefix: the walk that met it last. */
  readonly #met: number[] = []
  #walk = 0

  /** @returns the class that has this prefix or number already, or undefined */
  addClass(digits: string, isPrefix: boolean, classNumber: number): number | undefined {
    const classes = isPrefix ? this.#prefixClass : this.#exactClass
    const node = this.#nodeOf(digits)
    const old = classes[node] ?? NONE
    if (old !== NONE) return old
    classes[node] = classNumber
    return undefined
  }

  /** @returns the number by which `met` is asked about it */
  addPrefix(digits: string): number {
    const node = this.#nodeOf(digits)
    const old = this.#prefixNumber[node] ?? NONE
    if (old !== NONE) return old
    const number = this.#met.length
    this.#met.push(0)
    this.#prefixNumber[node] = number
    return number
  }

  /** Walks over the digits. @returns number of the class, or -1 */
  look({ digits, length }: NumberReading): number {
    this.#walk += 1
    let found = this.#visit(0, NONE)
    let node = 0
    for (let i = 0; i < length; i++) {
      node = this.#nodes[node * WIDTH + (digits[i] ?? 0)] ?? 0
      if (node === 0) return found
      found = this.#visit(node, found)
    }
    const exact = this.#exactClass[node] ?? NONE
    return exact === NONE ? found : exact
  }

  /** Whether the last walk met a prefix. */
  met(prefix: number): boolean {
    return this.#met[prefix] === this.#walk
  }

  /** The class of every number with this prefix, when there is just one. @returns -1 for none, undefined for several */
  classUnder(digits: string): number | undefined {
    let node = 0
    let found = this.#prefixClass[0] ?? NONE
    for (const char of digits) {
      node = this.#nodes[node * WIDTH + indexOf(char)] ?? 0
      if (node === 0) return found
      const here = this.#prefixClass[node] ?? NONE
      if (here !== NONE) found = here
    }
    return this.#hasOther(node, found) ? undefined : found
  }

  #visit(node: number, found: number): number {
    const prefix = this.#prefixNumber[node] ?? NONE
    if (prefix !== NONE) this.#met[prefix] = this.#walk
    const own = this.#prefixClass[node] ?? NONE
    return own === NONE ? found : own
  }

  #hasOther(node: number, only: number): boolean {
    for (const classes of [this.#prefixClass, this.#exactClass]) {
      const own = classes[node] ?? NONE
      if (own !== NONE && own !== only) return true
    }
    for (let i = 0; i < WIDTH; i++) {
      const child = this.#nodes[node * WIDTH + i] ?? 0
      if (child !== 0 && this.#hasOther(child, only)) return true
    }
    return false
  }

  #nodeOf(digits: string): number {
    let node = 0
    for (const char of digits) {
      const at = node * WIDTH + indexOf(char)
      let child = this.#nodes[at] ?? 0
      if (child === 0) {
        child = this.#prefixClass.length
        this.#nodes[at] = child
        for (let i = 0; i < WIDTH; i++) this.#nodes.push(0)
        this.#prefixClass.push(NONE)
        this.#exactClass.push(NONE)
        this.#prefixNumber.push(NONE)
      }
      node = child
    }
    return node
  }
}

function indexOf(char: string): number {
  return char === '+' ? 10 : char.charCodeAt(0) - 48
}
