import type { Address } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import { RecentMap } from '../../base/recent-map.ts'
import type { FlowFriend } from '../detect/flow-friend.ts'
import type { Report } from './orders.ts'

const GATHER_MS = 50
/** A flow is told again when it is still in use after so long. */
const AGAIN_MS = 60_000
/** Gathered at most; what does not fit is told at its next use. */
const MAX_GATHERED = 4096

/** Tells the primary, which owns the lane in the kernel, of flows that log in here. */
export class FlowFeed implements FlowFriend {
  readonly #report: (report: Report) => void
  readonly #told = new RecentMap<true>(LIMITS.maxKernelFlows, AGAIN_MS, performance.now())
  #proved: Address[] = []
  #spoken: Address[] = []
  #isDue = false

  constructor(report: (report: Report) => void) {
    this.#report = report
  }

  proved(ip: string, port: number): void {
    this.#gather(this.#proved, 'p', ip, port)
  }

  spoken(ip: string, port: number): void {
    this.#gather(this.#spoken, 's', ip, port)
  }

  #gather(into: Address[], kind: string, ip: string, port: number): void {
    const key = `${kind}${ip} ${port}`
    const nowMs = performance.now()
    if (into.length >= MAX_GATHERED || this.#told.get(key, nowMs) === true) return
    this.#told.set(key, true, nowMs)
    into.push({ ip, port })
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => this.#tell(), GATHER_MS).unref()
  }

  #tell(): void {
    this.#isDue = false
    this.#report({ kind: 'flows', proved: this.#proved, spoken: this.#spoken })
    this.#proved = []
    this.#spoken = []
  }
}
