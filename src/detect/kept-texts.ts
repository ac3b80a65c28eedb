import type { Evidence, Finding } from './finding.ts'

/** Messages that are remembered with what was found, altogether. */
export const MAX_KEPT_CHARS = 16 * 1024 * 1024

/** Remembers findings; the oldest lose the texts of their messages when there is too much of them. First lines stay. */
export class KeptTexts {
  readonly #maxChars: number
  /** Oldest first, by number. */
  readonly #held = new Map<number, Evidence[]>()
  #next = 0
  #chars = 0

  constructor(maxChars = MAX_KEPT_CHARS) {
    this.#maxChars = maxChars
  }

  /** The finding as it may be kept: its evidence is emptied later. */
  keep(finding: Finding): Finding {
    const chars = charsOf(finding.evidence)
    if (chars === 0) return finding
    const evidence = [...finding.evidence]
    this.#held.set(this.#next, evidence)
    this.#next += 1
    this.#chars += chars
    for (const [number, oldest] of this.#held) {
      if (this.#chars <= this.#maxChars) break
      this.#held.delete(number)
      this.#chars -= charsOf(oldest)
      for (const [at, each] of oldest.entries()) oldest[at] = { ...each, text: '' }
    }
    return { ...finding, evidence }
  }
}

function charsOf(evidence: readonly Evidence[]): number {
  return evidence.reduce((sum, { text }) => sum + text.length, 0)
}
