/**
 * Fetches a small document by HTTPS from a place that a stranger named, such as the certificate of a signed identity.
 *
 * Who may name a URL may make us speak to it, so: HTTPS only; the host is resolved here, and the connection goes to
 * the address that was looked at, so that no second answer of DNS comes in between; private, loopback, link-local and
 * reserved addresses are refused unless the operator permits them; a redirect is followed on the same host only; time,
 * size and the number of fetches at once are bounded. What was fetched, and what failed, is remembered for a while.
 * @see RFC 8226 §7, RFC 8224 §12.2, RFC 9111 §5.2
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { AskDns } from '../base/dns-records.ts'
import { canonicalIp, ipKind, ipVersion } from '../base/ip-address.ts'
import { LIMITS } from '../base/limits.ts'
import { failed, ok, type Result } from '../base/result.ts'
import { FetchSlots } from './fetch-slots.ts'
import { type Answered, exchangeHttps, trustedContext } from './https-exchange.ts'

/** Why there is no document. */
export type FetchFailure =
  /** No URL that can be fetched: not HTTPS, with a password, with a port that is not usual for it. */
  | 'url-unfit'
  /** It leads to an address that strangers may not have us speak to. */
  | 'address-refused'
  /** DNS knows no address. */
  | 'not-found'
  | 'unreachable'
  /** The certificate of the web server is not to be trusted, or TLS failed otherwise. */
  | 'tls-failed'
  /** The answer is a redirect that is not followed. */
  | 'redirected'
  /** The answer is no 200. */
  | 'status'
  | 'too-large'
  | 'timeout'
  /** No HTTP. */
  | 'malformed'
  /** As many as may be are under way. */
  | 'overloaded'

/** A document as it came. */
export interface Fetched {
  readonly url: string
  readonly body: Buffer
  /** Monotonic; until then it is taken from memory. */
  readonly untilMs: number
}

export type FetchOutcome = Result<Fetched, FetchFailure>

export interface FetchOptions {
  /** Asks DNS within one bound of time. */
  readonly askDns: () => AskDns
  /** Monotonic time in ms. */
  readonly nowMs: () => number
  /** Authorities of web servers beside the system's. */
  readonly authoritiesPem?: readonly string[]
  /** Whether this host at this address may be fetched from although it is not in the Internet, and at any port. */
  readonly isPermitted?: (host: string, ip: string) => boolean
  /** Time of one fetch, redirects included, 1 to 60,000; default 2000. */
  readonly totalMs?: number
  readonly maxBytes?: number
}

/** Since the start; for metrics. */
export interface FetchCounts {
  fetched: number
  /** Taken from memory, failures too. */
  remembered: number
  failed: number
  refused: number
}

const TOTAL_MS = 2000
const MIN_KEEP_MS = 60_000
const USUAL_KEEP_MS = 3_600_000
const MAX_KEEP_MS = 86_400_000
const KEEP_FAILURE_MS = 30_000
const MAX_REDIRECTS = 2
const MAX_ADDRESSES = 2
/** Where HTTPS is usually served; other ports are for what is permitted. */
const USUAL_PORTS: readonly number[] = [443, 8443]

interface Kept {
  readonly outcome: FetchOutcome
  readonly untilMs: number
}

/** Fetches and remembers; never throws and never rejects. */
export class HttpsFetch {
  readonly counts: FetchCounts = { fetched: 0, remembered: 0, failed: 0, refused: 0 }
  readonly #options: FetchOptions
  readonly #kept = new BoundedMap<string, Kept>(LIMITS.maxFetchedDocuments)
  readonly #shared = new Map<string, Promise<FetchOutcome>>()
  readonly #slots = new FetchSlots(LIMITS.maxFetches, LIMITS.maxFetchesPerHost)
  readonly #context: ReturnType<typeof trustedContext>

  /** @throws AspisError when an authority is no certificate */
  constructor(options: FetchOptions) {
    this.#options = options
    this.#context = trustedContext(options.authoritiesPem ?? [])
  }

  /** The document, at once when it is remembered; equal fetches share one exchange. */
  fetch(url: string): FetchOutcome | Promise<FetchOutcome> {
    const kept = this.#kept.get(url)
    if (kept !== undefined && kept.untilMs > this.#options.nowMs()) {
      this.counts.remembered += 1
      return kept.outcome
    }
    const shared = this.#shared.get(url)
    if (shared !== undefined) return shared
    const place = placeOf(url)
    if (place === undefined) return this.#end(url, failed('url-unfit'))
    const slot = this.#slots.take(place.host)
    if (slot === undefined) return failed('overloaded')
    const outcome = this.#fetch(url, place)
      .then(late => this.#end(url, late))
      .finally(() => {
        slot()
        this.#shared.delete(url)
      })
    this.#shared.set(url, outcome)
    return outcome
  }

  #end(url: string, outcome: FetchOutcome): FetchOutcome {
    const { nowMs } = this.#options
    if (outcome.ok) {
      this.counts.fetched += 1
      this.#kept.set(url, { outcome, untilMs: outcome.value.untilMs })
      return outcome
    }
    this.counts.failed += 1
    if (outcome.error === 'address-refused' || outcome.error === 'url-unfit') this.counts.refused += 1
    this.#kept.set(url, { outcome, untilMs: nowMs() + KEEP_FAILURE_MS })
    return outcome
  }

  async #fetch(url: string, first: Place): Promise<FetchOutcome> {
    const { nowMs, totalMs = TOTAL_MS, maxBytes = LIMITS.maxFetchedBytes } = this.#options
    const endMs = nowMs() + totalMs
    const addresses = await this.#addressesOf(first, endMs)
    if (!addresses.ok) return addresses
    let place = first
    for (let redirects = 0; ; redirects++) {
      const answered = await this.#exchange(place, addresses.value, endMs, maxBytes)
      if (!answered.ok) return answered
      const { status, location, body } = answered.value
      if (status === 200) return ok({ url, body, untilMs: nowMs() + keepMs(answered.value) })
      if (location === undefined) return failed('status')
      const next = redirects < MAX_REDIRECTS ? placeOf(location, place.url) : undefined
      if (next === undefined || next.host !== first.host || next.port !== first.port)
        return failed('redirected')
      place = next
    }
  }

  /** Asks one address after the other, within the time that is left. */
  async #exchange(
    place: Place,
    addresses: readonly string[],
    endMs: number,
    maxBytes: number,
  ): Promise<Result<Answered, FetchFailure>> {
    let last: Result<Answered, FetchFailure> = failed('unreachable')
    for (const ip of addresses) {
      const leftMs = endMs - this.#options.nowMs()
      if (leftMs <= 0) return failed('timeout')
      const context = this.#context
      last = await exchangeHttps({
        ip,
        host: place.host,
        port: place.port,
        path: place.path,
        context,
        leftMs,
        maxBytes,
      })
      if (last.ok || last.error !== 'unreachable') return last
    }
    return last
  }

  /** Addresses of a host that may be spoken to, each looked at. */
  async #addressesOf(place: Place, endMs: number): Promise<Result<readonly string[], FetchFailure>> {
    const { askDns, nowMs, isPermitted = () => false } = this.#options
    const found = ipVersion(place.host) !== 0 ? [place.host] : await lookUp(askDns(), place.host)
    if (nowMs() >= endMs) return failed('timeout')
    if (found.length === 0) return failed('not-found')
    const allowed = found.filter(ip => {
      if (isPermitted(place.host, ip)) return true
      return ipKind(ip) === 'global' && USUAL_PORTS.includes(place.port)
    })
    return allowed.length === 0 ? failed('address-refused') : ok(allowed.slice(0, MAX_ADDRESSES))
  }
}

async function lookUp(ask: AskDns, host: string): Promise<readonly string[]> {
  const answers = await Promise.all([ask(host, 'A'), ask(host, 'AAAA')])
  return answers.flatMap(answer => {
    if (answer.kind !== 'records') return []
    return answer.records.flatMap(record => {
      const ip = 'address' in record ? canonicalIp(record.address) : undefined
      return ip === undefined ? [] : [ip]
    })
  })
}

interface Place {
  readonly url: URL
  /** Lower case, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  readonly path: string
}

function placeOf(written: string, base?: URL): Place | undefined {
  if (written.length > LIMITS.maxFetchUrlBytes || !URL.canParse(written, base?.href)) return undefined
  const url = new URL(written, base)
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined
  const bare = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const host = canonicalIp(bare) ?? (bare.endsWith('.') ? bare.slice(0, -1) : bare)
  if (host === '') return undefined
  return { url, host, port: url.port === '' ? 443 : Number(url.port), path: url.pathname + url.search }
}

/** How long an answer may be kept by its Cache-Control, within our bounds. */
function keepMs({ cacheControl }: Answered): number {
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map(directive => directive.trim())
  if (directives.some(directive => directive === 'no-store' || directive === 'no-cache')) return MIN_KEEP_MS
  const maxAge = directives.find(directive => directive.startsWith('max-age='))?.slice('max-age='.length)
  if (maxAge === undefined || !/^\d{1,9}$/.test(maxAge)) return USUAL_KEEP_MS
  return Math.min(MAX_KEEP_MS, Math.max(MIN_KEEP_MS, Number(maxAge) * 1000))
}
