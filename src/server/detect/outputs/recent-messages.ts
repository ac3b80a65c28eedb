import type { Address, Flow } from '../../../base/flow.ts'
import { sourceOf } from '../../../base/source-network.ts'

/** Messages remembered: a second of a busy server, 4 MB at most usually. */
const KEPT = 4096

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
  readonly #flows = new Array<Flow | undefined>(KEPT).fill(undefined)
  readonly #times = new Float64Array(KEPT)
  #next = 0

  note(text: string, flow: Flow, atMs: number): void {
    const at = this.#next
    this.#texts[at] = text
    this.#flows[at] = flow
    this.#times[at] = atMs
    this.#next = (at + 1) % KEPT
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
