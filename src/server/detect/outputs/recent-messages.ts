import type { Address, Flow } from '../../../base/flow.ts'
import { sourceOf } from '../../../base/source-network.ts'

/** Messages remembered: a second of a busy server, 4 MB at most usually. */
const KEPT = 4096

/** Characters of them: who sends 64 KiB in each datagram has fewer of his remembered. */
export const MAX_KEPT_CHARS = 16 * 1024 * 1024

/** What of a flow is remembered. */
type Ends = Pick<Flow, 'remote' | 'local' | 'transport'>

/** A message that came, with its ends. */
export interface RecentMessage {
  readonly text: string
  readonly remote: Address
  readonly local: Address
  readonly transport: Flow['transport']
  /** Event clock, ms. */
  readonly atMs: number
}

/**
 * The last messages that came, so that a finding can be shown with what came before it. Noting one is a few stores, no
 * new object.
 */
export class RecentMessages {
  readonly #texts = new Array<string>(KEPT).fill('')
  readonly #flows = new Array<Ends | undefined>(KEPT).fill(undefined)
  readonly #times = new Float64Array(KEPT)
  #next = 0
  /** The oldest that is kept. */
  #first = 0
  #chars = 0

  note(text: string, flow: Ends, atMs: number): void {
    const at = this.#next
    if (this.#flows[at] !== undefined) this.#first = (at + 1) % KEPT
    this.#chars += text.length - (this.#texts[at]?.length ?? 0)
    this.#texts[at] = text
    this.#flows[at] = flow
    this.#times[at] = atMs
    this.#next = (at + 1) % KEPT
    while (this.#chars > MAX_KEPT_CHARS && this.#first !== at) this.#forgetFirst()
  }

  #forgetFirst(): void {
    const at = this.#first
    this.#chars -= this.#texts[at]?.length ?? 0
    this.#texts[at] = ''
    this.#flows[at] = undefined
    this.#first = (at + 1) % KEPT
  }

  /**
   * Messages of a source, oldest first.
   * @param source as `sourceOf` names it
   * @param sinceMs not those before
   * @param most the last so many
   */
  of(source: string, sinceMs: number, most: number): RecentMessage[] {
    const found: RecentMessage[] = []
    for (let back = 1; back <= KEPT && found.length < most; back += 1) {
      const at = (this.#next - back + KEPT) % KEPT
      const flow = this.#flows[at]
      const atMs = this.#times[at] ?? 0
      if (flow === undefined || atMs < sinceMs) break
      if (sourceOf(flow.remote.ip) !== source) continue
      const { remote, local, transport } = flow
      found.push({ text: this.#texts[at] ?? '', remote, local, transport, atMs })
    }
    return found.reverse()
  }
}
