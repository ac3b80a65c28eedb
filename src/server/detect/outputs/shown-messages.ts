import { sourceOf } from '../../../base/source-network.ts'
import type { Finding } from '../../../detect/finding.ts'
import type { RecentMessage, RecentMessages } from './recent-messages.ts'

/** Findings shown with their messages in a second: to search for them costs up to half a millisecond. */
const SHOWN_PER_SECOND = 20
const MAX_SHOWN = 32
const BEFORE_MS = 60_000

/** What a finding is shown with: the messages of its source. */
export class ShownMessages {
  readonly #recent: RecentMessages
  #second = 0
  #shown = 0

  constructor(recent: RecentMessages) {
    this.#recent = recent
  }

  of(finding: Finding): readonly RecentMessage[] {
    const second = Math.floor(finding.atMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#shown = 0
    }
    if (this.#shown >= SHOWN_PER_SECOND) return []
    this.#shown += 1
    const { subject, evidence } = finding
    const from = subject.kind === 'source' ? subject.name : evidence.at(-1)?.from
    if (from === undefined) return []
    return this.#recent.of(from.includes('/') ? from : sourceOf(from), finding.atMs - BEFORE_MS, MAX_SHOWN)
  }
}
