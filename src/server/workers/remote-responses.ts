import { performance } from 'node:perf_hooks'
import type { Finding } from '../../detect/finding.ts'
import type { Order } from '../../detect/order.ts'
import type { OrderEnd } from '../../detect/order-book.ts'
import { Residents } from '../../detect/residents.ts'
import type { KnownOfSource } from '../../detect/responder.ts'
import { Enforcer } from '../detect/enforcer.ts'
import type { OrderTarget, ResponsePort } from '../detect/response-port.ts'
import { type FrameReader, KIND } from './frame.ts'
import type { Link } from './link.ts'

/** Octets of a character at most. */
const WIDTH = 3
const ROUND_MS = 1000

/** What a worker tells the process that decides for all. */
type Told =
  | { readonly kind: 'finding'; readonly finding: Finding; readonly known?: KnownOfSource }
  | { readonly kind: 'login'; readonly ip: string; readonly account: string }

/** What that process orders. */
type Ordered =
  | { readonly kind: 'put'; readonly order: Order; readonly remainingMs: number }
  | { readonly kind: 'lift'; readonly order: Order; readonly why: OrderEnd }

/** In a worker: findings go to the primary, which gathers those of all, and its orders are carried out here. */
export class RemoteResponses implements ResponsePort {
  readonly enforcer = new Enforcer({ nowMs, wallMs: Date.now })
  readonly #residents = new Residents()
  readonly #timer: NodeJS.Timeout
  #link: Link | undefined

  constructor() {
    this.#timer = setInterval(() => this.enforcer.tick(), ROUND_MS)
    this.#timer.unref()
  }

  use(link: Link): void {
    this.#link = link
  }

  onFinding(finding: Finding, known: KnownOfSource | undefined): void {
    tell(this.#link, KIND.detection, { kind: 'finding', finding, ...(known === undefined ? {} : { known }) })
  }

  /** Told once in a while: a phone logs in every minute. */
  onLogin(ip: string, account: string): void {
    if (this.#residents.note(ip, account, nowMs()))
      tell(this.#link, KIND.detection, { kind: 'login', ip, account })
  }

  /** An order of the primary. */
  heard(frame: FrameReader): void {
    const ordered: Ordered = JSON.parse(frame.restUtf8())
    if (ordered.kind === 'put') this.enforcer.put(ordered.order, ordered.remainingMs)
    else this.enforcer.lift(ordered.order, ordered.why)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

/** In the primary: what a worker tells. */
export function hearDetection(
  responses: Pick<ResponsePort, 'onFinding' | 'onLogin'>,
  frame: FrameReader,
): void {
  const told: Told = JSON.parse(frame.restUtf8())
  if (told.kind === 'finding') responses.onFinding(told.finding, told.known)
  else responses.onLogin(told.ip, told.account)
}

/** In the primary: a worker that carries orders out. */
export function orderTarget(link: Link): OrderTarget {
  return {
    put: (order, remainingMs) => tell(link, KIND.order, { kind: 'put', order, remainingMs }),
    lift: (order, why) => tell(link, KIND.order, { kind: 'lift', order, why }),
  }
}

function tell(link: Link | undefined, kind: number, what: Told | Ordered): void {
  const text = JSON.stringify(what)
  const frame = link?.begin(kind, WIDTH * text.length)
  if (frame === undefined) return
  frame.utf8(text)
  link?.end()
}

function nowMs(): number {
  return performance.now()
}
