/**
 * A stub resolver: asks the configured name servers and nobody else, and never the system's resolver, whose calls
 * block a thread each.
 *
 * A question goes by UDP from a port of its own, with a random ID and letters in random case; an answer must
 * match them all. A truncated answer, and a question that strangers try to answer, move to TCP. Equal questions
 * share one query; the number of open ones, of answers kept and of aliases followed is bounded.
 * @see RFC 5452 §9, RFC 7766, RFC 2308
 */
import { BoundedMap } from '../base/bounded-map.ts'
import type { AskDns, DnsAnswer, DnsFailure, DnsRecord, DnsType } from '../base/dns-records.ts'
import type { Address } from '../base/flow.ts'
import { ipVersion } from '../base/ip-address.ts'
import { LIMITS } from '../base/limits.ts'
import { askByTcp, askByUdp, type Exchange } from './dns-exchange.ts'
import { readSystemDns, type SystemDns } from './dns-system.ts'
import { isAskable, type OwnedRecord, type WireAnswer, type WireQuestion } from './dns-wire.ts'

export interface DnsOptions {
  /** Name servers, tried in this order; those of the machine when empty. */
  readonly servers?: readonly Address[]
  /** How long one server is waited for, 1 to 30,000 ms; default 2000. */
  readonly timeoutMs?: number
  /** Answers kept; default 10,000. */
  readonly maxCacheEntries?: number
  /** Monotonic time in ms. */
  readonly nowMs: () => number
  readonly random: (bytes: number) => Buffer
  /** Told what somebody might have forged, with the name that was asked for. */
  readonly onOddity?: (name: string, oddity: DnsOddity, detail: string) => void
  /** What the machine's own files say; read at once when not given. */
  readonly system?: SystemDns
}

/**
 * answer-mismatched: a datagram from the server's address that answers something else · limit-reached: more aliases
 * than are followed, or in a circle · no-answer: none of the servers answered.
 */
export type DnsOddity = 'answer-mismatched' | 'limit-reached' | 'no-answer'

/** Since the start; for metrics. */
export interface DnsCounts {
  /** Queries sent. */
  queries: number
  /** Questions answered from memory. */
  cached: number
  /** Datagrams that answered something else than what was asked (DNS-01). */
  mismatches: number
  /** Queries by TCP. */
  streams: number
  /** Questions that got no answer. */
  failures: number
}

const ROUNDS = 2
const MAX_OPEN = 256
const MAX_WAITING = 2048
const MAX_TTL_SECONDS = 3600
const MAX_NEGATIVE_SECONDS = 300
const NEGATIVE_SECONDS_WITHOUT_SOA = 30

interface Kept {
  readonly answer: DnsAnswer
  readonly untilMs: number
}

type Chain =
  | { readonly kind: 'end'; readonly answer: DnsAnswer; readonly ttlSeconds: number }
  | { readonly kind: 'alias'; readonly name: string; readonly depth: number; readonly ttlSeconds: number }

/** Asks DNS; never throws and never rejects. */
export class DnsResolver {
  readonly counts: DnsCounts = { queries: 0, cached: 0, mismatches: 0, streams: 0, failures: 0 }
  readonly #options: DnsOptions
  readonly #servers: readonly Address[]
  readonly #hosts: SystemDns['hosts']
  readonly #kept: BoundedMap<string, Kept>
  readonly #shared = new Map<string, Promise<DnsAnswer>>()
  readonly #waiting: (() => void)[] = []
  #open = 0

  constructor(options: DnsOptions) {
    const system = options.system ?? readSystemDns()
    this.#options = options
    this.#servers = options.servers?.length ? options.servers : system.servers
    this.#hosts = system.hosts
    this.#kept = new BoundedMap(options.maxCacheEntries ?? 10_000)
  }

  /** Answers at once from the machine's files and from memory, else by a promise. */
  readonly ask: AskDns = (name, type) => {
    const plain = (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
    if (!isAskable(plain)) return { kind: 'failed', why: 'name-unfit' }
    const local = this.#local(plain, type)
    if (local !== undefined) return local
    const key = `${type} ${plain}`
    const kept = this.#kept.get(key)
    if (kept !== undefined && kept.untilMs > this.#options.nowMs()) {
      this.counts.cached += 1
      return kept.answer
    }
    const shared = this.#shared.get(key)
    if (shared !== undefined) return shared
    if (this.#waiting.length >= MAX_WAITING) return this.#failure('overloaded')
    const answer = this.#resolve(plain, type, key).finally(() => this.#shared.delete(key))
    this.#shared.set(key, answer)
    return answer
  }

  /**
   * The same, with one bound of time over all questions that are asked by it (LOC-09).
   * @param totalMs from now on; later answers are `timeout`
   */
  within(totalMs: number): AskDns {
    const endMs = this.#options.nowMs() + totalMs
    return (name, type) => {
      const answer = this.ask(name, type)
      if (!(answer instanceof Promise)) return answer
      const leftMs = Math.max(0, endMs - this.#options.nowMs())
      return new Promise(resolve => {
        const timer = setTimeout(() => resolve(this.#failure('timeout')), leftMs)
        answer.then(known => {
          clearTimeout(timer)
          resolve(known)
        })
      })
    }
  }

  /** `/etc/hosts`, and the names that never leave a machine (RFC 6761 §6.3, §6.4). */
  #local(name: string, type: DnsType): DnsAnswer | undefined {
    const isLocalhost = name === 'localhost' || name.endsWith('.localhost')
    if (type !== 'A' && type !== 'AAAA') return isLocalhost ? { kind: 'none' } : undefined
    if (name.endsWith('.invalid')) return { kind: 'none' }
    const addresses = this.#hosts.get(name) ?? (isLocalhost ? ['127.0.0.1', '::1'] : undefined)
    if (addresses === undefined) return undefined
    const wanted = addresses.filter(address => ipVersion(address) === (type === 'A' ? 4 : 6))
    const records = wanted.map(address => ({ type, address }) as const)
    return records.length === 0 ? { kind: 'none' } : { kind: 'records', records, isLocal: true }
  }

  async #resolve(name: string, type: DnsType, key: string): Promise<DnsAnswer> {
    if (this.#open >= MAX_OPEN) await new Promise<void>(go => this.#waiting.push(go))
    this.#open += 1
    try {
      const answer = await this.#walk(name, type, key)
      if (answer.kind === 'failed') this.#tellFailure(name, answer.why)
      return answer
    } finally {
      this.#open -= 1
      this.#waiting.shift()?.()
    }
  }

  /** Asks, and asks again for what an alias points to. */
  async #walk(name: string, type: DnsType, key: string): Promise<DnsAnswer> {
    let at = name
    let depth = 0
    let ttlSeconds = MAX_TTL_SECONDS
    while (depth <= LIMITS.maxCnameDepth) {
      const reply = await this.#query(at, type)
      if (typeof reply === 'string') return this.#failure(reply)
      const chain = followAliases(reply, at, type, depth)
      if (chain === undefined) return this.#failure('too-deep')
      ttlSeconds = Math.min(ttlSeconds, chain.ttlSeconds)
      if (chain.kind === 'end') {
        if (ttlSeconds > 0)
          this.#kept.set(key, { answer: chain.answer, untilMs: this.#options.nowMs() + ttlSeconds * 1000 })
        return chain.answer
      }
      at = chain.name
      depth = chain.depth
    }
    return this.#failure('too-deep')
  }

  /** One question to the servers, in turn, twice. */
  async #query(name: string, type: DnsType): Promise<WireAnswer | DnsFailure> {
    let failure: DnsFailure = 'timeout'
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const server of this.#servers) {
        const exchange = await this.#askServer(server, name, type)
        if (exchange.kind === 'answer') {
          const { rcode } = exchange.answer
          if (rcode === 'NOERROR' || rcode === 'NXDOMAIN') return exchange.answer
          failure = 'server-failure'
        } else failure = exchange.kind === 'suspicious' ? 'malformed' : exchange.why
      }
    }
    return failure
  }

  async #askServer(server: Address, name: string, type: DnsType): Promise<Exchange> {
    const timeoutMs = this.#options.timeoutMs ?? 2000
    this.counts.queries += 1
    const byUdp = await askByUdp(server, this.#question(name, type), timeoutMs, () => {
      this.counts.mismatches += 1
      this.#options.onOddity?.(name, 'answer-mismatched', server.ip)
    })
    const needsStream = byUdp.kind === 'suspicious' || (byUdp.kind === 'answer' && byUdp.answer.isTruncated)
    if (!needsStream) return byUdp
    this.counts.streams += 1
    return askByTcp(server, this.#question(name, type), timeoutMs)
  }

  /** Every question has an ID and a mixture of cases of its own (DNS-02). */
  #question(name: string, type: DnsType): WireQuestion {
    const bits = this.#options.random(2 + name.length)
    const mixed = [...name].map((letter, at) => ((bits[at + 2] ?? 0) & 1 ? letter.toUpperCase() : letter))
    return { id: bits.readUInt16BE(0), name: mixed.join(''), type }
  }

  #tellFailure(name: string, why: DnsFailure): void {
    if (why === 'too-deep') this.#options.onOddity?.(name, 'limit-reached', why)
    else if (why === 'timeout') this.#options.onOddity?.(name, 'no-answer', why)
  }

  #failure(why: DnsFailure): DnsAnswer {
    this.counts.failures += 1
    return { kind: 'failed', why }
  }
}

/**
 * Follows the aliases of one answer from the name that was asked for; what lies beside them is not believed.
 * @returns undefined when they lead in a circle or too far
 */
function followAliases(
  reply: WireAnswer,
  from: string,
  type: DnsType,
  depthBefore: number,
): Chain | undefined {
  let name = from
  let depth = depthBefore
  let ttlSeconds = MAX_TTL_SECONDS
  const seen = new Set([from])
  for (;;) {
    const here = reply.records.filter(({ owner }) => owner === name)
    const found = here.filter(({ record }) => record.type === type)
    const minTtl = (records: readonly OwnedRecord[]) =>
      Math.min(ttlSeconds, ...records.map(each => each.ttlSeconds))
    if (found.length > 0) {
      const records = found.flatMap(({ record }): readonly DnsRecord[] =>
        record.type === 'CNAME' ? [] : [record],
      )
      return { kind: 'end', answer: { kind: 'records', records, isLocal: false }, ttlSeconds: minTtl(found) }
    }
    const alias = here.find(({ record }) => record.type === 'CNAME')
    if (alias === undefined || alias.record.type !== 'CNAME') break
    ttlSeconds = minTtl([alias])
    name = alias.record.target
    depth += 1
    if (seen.has(name) || depth > LIMITS.maxCnameDepth) return undefined
    seen.add(name)
  }
  if (name === from || reply.rcode === 'NXDOMAIN') {
    const seconds = Math.min(reply.negativeSeconds ?? NEGATIVE_SECONDS_WITHOUT_SOA, MAX_NEGATIVE_SECONDS)
    return { kind: 'end', answer: { kind: 'none' }, ttlSeconds: Math.min(ttlSeconds, seconds) }
  }
  return { kind: 'alias', name, depth, ttlSeconds }
}
