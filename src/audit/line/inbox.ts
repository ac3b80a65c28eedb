import type { Heard } from '../heard.ts'

/** A target that floods back fills no memory. */
const MAX_KEPT = 20_000
const MAX_KEPT_OCTETS = 8 << 20

interface Waiting {
  readonly fits: (heard: Heard) => boolean
  readonly take: (heard: Heard | undefined) => void
}

/** What came on one line: kept to a bound, given to who waits for it. */
export class Inbox {
  readonly all: Heard[] = []
  octets = 0
  isClosed = false
  #keptOctets = 0
  readonly #seen = new Set<string>()
  #open: Heard[] = []
  #waiting: Waiting[] = []
  #closing: (() => void)[] = []

  put(heard: Heard): void {
    this.octets += heard.text.length
    if (this.all.length >= MAX_KEPT || this.#keptOctets > MAX_KEPT_OCTETS) return
    this.#keptOctets += heard.text.length
    this.all.push(heard)
    if (this.#seen.has(heard.text)) return
    this.#seen.add(heard.text)
    const waiting = this.#waiting.find(each => each.fits(heard))
    if (waiting === undefined) this.#open.push(heard)
    else waiting.take(heard)
  }

  next(fits: (heard: Heard) => boolean, withinMs: number): Promise<Heard | undefined> {
    const here = this.#open.find(fits)
    if (here !== undefined) {
      this.#open = this.#open.filter(each => each !== here)
      return Promise.resolve(here)
    }
    if (this.isClosed) return Promise.resolve(undefined)
    return new Promise(resolve => {
      const waiting: Waiting = {
        fits,
        take: heard => {
          clearTimeout(timer)
          this.#waiting = this.#waiting.filter(each => each !== waiting)
          resolve(heard)
        },
      }
      const timer = setTimeout(() => waiting.take(undefined), withinMs)
      this.#waiting.push(waiting)
    })
  }

  /** The connection is gone: nobody waits any longer. */
  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    for (const waiting of [...this.#waiting]) waiting.take(undefined)
    for (const closing of this.#closing) closing()
  }

  closed(withinMs: number): Promise<boolean> {
    if (this.isClosed) return Promise.resolve(true)
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), withinMs)
      this.#closing.push(() => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }
}
