import type { Attack } from '../attack.ts'
import type { Verdict } from '../outcome.ts'

/** Where progress is shown. */
export interface ProgressScreen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** One living line on a terminal: what is being tried, and what came of the others. Nothing when it is none. */
export class Progress {
  readonly #screen: ProgressScreen
  readonly #total: number
  readonly #counts: Record<Verdict, number> = { succeeded: 0, inconclusive: 0, resisted: 0, skipped: 0 }

  constructor(screen: ProgressScreen, total: number) {
    this.#screen = screen
    this.#total = total
  }

  begins({ entry, id }: Attack, at: number): void {
    const { succeeded, inconclusive, resisted } = this.#counts
    const counts = `${resisted} resisted, ${succeeded} succeeded, ${inconclusive} inconclusive`
    this.#show(`[${at + 1}/${this.#total}] ${counts} | ${entry} ${id}`)
  }

  ends(verdict: Verdict): void {
    this.#counts[verdict]++
  }

  /** The line goes away. */
  clear(): void {
    this.#show('')
  }

  #show(line: string): void {
    if (this.#screen.isTTY !== true) return
    this.#screen.write(`\r\x1b[2K${line.slice(0, (this.#screen.columns ?? 80) - 1)}`)
  }
}
