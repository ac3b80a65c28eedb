import { monitorEventLoopDelay } from 'node:perf_hooks'

type Delays = ReturnType<typeof monitorEventLoopDelay>

/** Between two looks at the clock. Each costs some µs, so that this is below a thousandth of a processor. */
const RESOLUTION_MS = 20
/** What a reading covers: at least this long, at most twice. */
const SPAN_MS = 60_000

/** Parts of the looks, and how late those were at most, in seconds. */
export type Lag = readonly (readonly [quantile: '0.5' | '0.99' | '1', seconds: number])[]

/** How late this thread's event loop comes to its work: a message waits at least so long. */
class EventLoopLag {
  #current = started()
  #before: Delays | undefined

  constructor() {
    setInterval(() => this.#turn(), SPAN_MS).unref()
  }

  /** The last one to two minutes. */
  read(): Lag {
    const spans = this.#before === undefined ? [this.#current] : [this.#before, this.#current]
    const worst = (pick: (span: Delays) => number): number =>
      Math.max(0, ...spans.map(span => (span.count === 0 ? 0 : pick(span) / 1e9 - RESOLUTION_MS / 1000)))
    return [
      ['0.5', worst(span => span.percentile(50))],
      ['0.99', worst(span => span.percentile(99))],
      ['1', worst(span => span.max)],
    ]
  }

  #turn(): void {
    this.#before?.disable()
    this.#current.disable()
    this.#before = this.#current
    this.#current = started()
  }
}

function started(): Delays {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return histogram
}

let lag: EventLoopLag | undefined

/** The lag of this thread, watched from the first call on; the watch keeps nothing alive. */
export function eventLoopLag(): Lag {
  lag ??= new EventLoopLag()
  return lag.read()
}
