import type { Attack } from '../audit/attack.ts'
import type { Verdict } from '../audit/outcome.ts'
import type { ProgressScreen } from '../audit/report/progress.ts'

const NAMES = ['Aspis', 'weak server'] as const

/** One living line on a terminal for both runs; where it is none, nothing. */
export class DemoProgress {
  readonly #screen: ProgressScreen
  readonly #total: number
  readonly #done = NAMES.map(() => ({ tried: 0, succeeded: 0 }))
  #last = ''

  constructor(screen: ProgressScreen, total: number) {
    this.#screen = screen
    this.#total = total
  }

  /** @param at which of the two */
  ends(at: number, { entry, id }: Attack, verdict: Verdict): void {
    const done = this.#done[at]
    if (done === undefined) return
    done.tried++
    if (verdict === 'succeeded') done.succeeded++
    if (verdict !== 'skipped') this.#last = `${entry} ${id}`
    const each = this.#done.map(
      ({ tried, succeeded }, which) => `${NAMES[which]} ${tried}/${this.#total}, fell to ${succeeded}`,
    )
    this.#show([...each, this.#last].join(' | '))
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
