import { lookUp } from './look-up.ts'
import { header, read } from './message.ts'

const MAX_KEPT = 200

/** The last messages as they came, for the administrator's page: one that comes again is counted, not shown again. */
export class Log {
  readonly #kept: { readonly text: string; times: number }[] = []

  /** Whether it came before is found by reading everything that is kept once more. */
  note(text: string): void {
    lookUp(text)
    const branch = branchOf(text)
    const before = this.#kept.filter(each => branchOf(each.text) === branch && each.text === text)
    for (const each of before) each.times++
    if (before.length === 0) this.#kept.push({ text, times: 1 })
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
  }

  get shown(): string {
    return this.#kept.map(({ text, times }) => `${times} times: ${text}`).join('\n')
  }
}

function branchOf(text: string): string {
  const message = read(text)
  return message === undefined ? '' : header(message, 'Via')
}
