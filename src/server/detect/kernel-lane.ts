import { isIP, isIPv6 } from 'node:net'
import { LIMITS } from '../../base/limits.ts'
import { type Network, parseNetwork } from '../../base/network.ts'
import { Nft } from '../../net/nft.ts'
import type { Listener } from '../../net/transports.ts'
import type { Log } from '../log.ts'
import type { Counters, Metrics } from '../metrics.ts'
import type { Ban, BanListener } from './bans.ts'
import type { FlowFriend } from './flow-friend.ts'
import {
  banSet,
  banSetName,
  changeLines,
  type ElementChange,
  isUsualBan,
  type KernelPlan,
  openingLines,
} from './kernel-rules.ts'

export interface KernelLaneParts {
  readonly program: string
  readonly strangersPerSecond: number | undefined
  readonly known: readonly string[]
  /** How long a flow that logged in is known: longer than a registration lasts. */
  readonly flowSeconds: number
  readonly log: Log
  readonly metrics: Metrics
  /** Monotonic. */
  readonly nowMs: () => number
}

const REASONS = ['banned', 'network', 'strangers'] as const
/** Changes of so long go in one command. */
const BATCH_MS = 50
const LOOK_MS = 5000
const START_MS = 5000
const SWEEP_MS = 60_000
const SPOKEN_SECONDS = 300

/**
 * The lane in front of everything: a table of the kernel's packet filter that drops the banned before they cost a
 * wake-up, lets pass who logged in, and bounds how much of strangers arrives. It repeats what this process decided, and
 * keeps all of it here too: when the filter fails, the server is as safe, and the table is made anew.
 */
export class KernelLane implements BanListener, FlowFriend {
  readonly #parts: KernelLaneParts
  #plan: KernelPlan
  readonly #nft: Nft
  readonly #drops: Counters
  /** Until when flows are known, by address and port. */
  readonly #verified = new Map<string, Map<number, number>>()
  #flows = 0
  readonly #bans = new Map<string, { readonly network: Network; readonly dueMs: number }>()
  /** What the filter was not told yet, by set and key. */
  readonly #changes = new Map<string, ElementChange>()
  /** Sizes of networks that have a set. */
  #sizes = new Set<string>()
  #table = ''
  #flush: NodeJS.Timeout | undefined
  #flushedMs = Number.NEGATIVE_INFINITY
  #look: NodeJS.Timeout | undefined
  #sweptMs: number
  #isUp = false
  #hasBeenUp = false
  #isStopped = false
  #counted: Record<string, number> = {}
  #why = 'nft did not answer'
  readonly #settled = Promise.withResolvers<void>()

  constructor(parts: KernelLaneParts) {
    this.#parts = parts
    const { known, strangersPerSecond } = parts
    const { maxKernelFlows: maxFlows, maxBans } = LIMITS
    this.#plan = { listeners: [], known, strangersPerSecond, maxFlows, maxBans }
    this.#sweptMs = parts.nowMs()
    this.#nft = new Nft(
      { program: parts.program },
      {
        begin: life => this.#begin(life),
        onUp: () => this.#up(),
        onAnswer: text => this.#answered(text),
        onFailed: (why, retryMs) => this.#failed(why, retryMs),
      },
    )
    const { metrics } = parts
    this.#drops = metrics.counters(
      'aspis_kernel_drops_total',
      'Packets that the kernel dropped for us, by reason',
      'reason',
      REASONS,
    )
    metrics.gauge('aspis_kernel_lane', 'Whether the packet filter works for us', () => (this.#isUp ? 1 : 0))
    metrics.gauges('aspis_kernel_entries', 'What the packet filter was told, by set', 'set', () => [
      ['banned', this.#bans.size],
      ['verified', this.#flows],
    ])
  }

  /** Makes the table, for these ports. @returns why it cannot be made, or undefined */
  async start(listeners: readonly Listener[]): Promise<string | undefined> {
    this.#plan = { ...this.#plan, listeners }
    this.#nft.start()
    const late = setTimeout(() => this.#settled.resolve(), START_MS)
    await this.#settled.promise
    clearTimeout(late)
    if (!this.#isUp) {
      await this.close()
      return this.#why
    }
    this.#look = setInterval(() => this.#lookAround(), LOOK_MS).unref()
    this.#parts.log.info('kernel-lane', { table: this.#table, ports: this.#plan.listeners.length })
    return undefined
  }

  /** Takes over other trunks or an allow list: with a new table, so that nothing is open in between. */
  reload({ known, strangersPerSecond }: Pick<KernelPlan, 'known' | 'strangersPerSecond'>): void {
    const { known: before, strangersPerSecond: limit } = this.#plan
    if (limit === strangersPerSecond && before.join() === known.join()) return
    this.#plan = { ...this.#plan, known, strangersPerSecond }
    if (this.#isUp) this.#nft.renew()
  }

  /** Removes the table. */
  async close(): Promise<void> {
    this.#isStopped = true
    this.#isUp = false
    clearTimeout(this.#flush)
    clearInterval(this.#look)
    await this.#nft.stop()
  }

  proved(ip: string, port: number): void {
    this.#verify(ip, port, this.#parts.flowSeconds)
  }

  spoken(ip: string, port: number): void {
    this.#verify(ip, port, SPOKEN_SECONDS)
  }

  onAdded({ network, inKernel }: Ban, remainingMs: number): void {
    if (!inKernel) {
      if (this.#bans.has(network.text)) this.#lift(network)
      return
    }
    const nowMs = this.#parts.nowMs()
    this.#bans.set(network.text, { network, dueMs: nowMs + remainingMs })
    this.#distrust(network)
    this.#change(banChange(network, Math.ceil(remainingMs / 1000)))
  }

  onRemoved({ network }: Ban): void {
    if (this.#bans.has(network.text)) this.#lift(network)
  }

  #lift(network: Network): void {
    this.#bans.delete(network.text)
    this.#change(banChange(network, undefined))
  }

  /** Asked for each login, so a flow whose time has hardly begun costs two look-ups. */
  #verify(ip: string, port: number, seconds: number): void {
    const nowMs = this.#parts.nowMs()
    let ports = this.#verified.get(ip)
    const untilMs = ports?.get(port)
    if (untilMs !== undefined && untilMs - nowMs > seconds * 750) return
    // It goes into a command: nothing but an address may.
    if (this.#isStopped || isIP(ip) === 0 || ip.includes('%')) return
    if (untilMs === undefined) {
      if (this.#flows >= this.#plan.maxFlows) return
      this.#flows += 1
    }
    if (ports === undefined) {
      ports = new Map()
      this.#verified.set(ip, ports)
    }
    const keptMs = Math.max(untilMs ?? 0, nowMs + seconds * 1000)
    ports.set(port, keptMs)
    this.#change(flowChange(ip, port, Math.ceil((keptMs - nowMs) / 1000)))
  }

  /** Who is banned is so by every flow of his. */
  #distrust(network: Network): void {
    const isWhole = network.version === 4 && network.bits === 32
    const within = isWhole ? [network.text] : [...this.#verified.keys()].filter(ip => isWithin(ip, network))
    for (const ip of within) {
      const ports = this.#verified.get(ip)
      if (ports === undefined) continue
      this.#verified.delete(ip)
      this.#flows -= ports.size
      for (const port of ports.keys()) this.#change(flowChange(ip, port, undefined))
    }
  }

  #change(change: ElementChange): void {
    // What is not told now is told by the next beginning.
    if (!this.#hasBeenUp && !this.#isUp) return
    this.#changes.set(`${change.set} ${change.key}`, change)
    if (this.#flush !== undefined || this.#isStopped) return
    const waitMs = Math.max(0, this.#flushedMs + BATCH_MS - this.#parts.nowMs())
    this.#flush = setTimeout(() => this.#tell(), waitMs).unref()
  }

  #tell(): void {
    this.#flush = undefined
    if (this.#changes.size === 0 || this.#isStopped) return
    this.#flushedMs = this.#parts.nowMs()
    if (!this.#nft.isReady) {
      // Bounded by what is held: each change is of a flow or a ban that counts there, or went.
      if (this.#changes.size > this.#plan.maxFlows + this.#plan.maxBans) this.#changes.clear()
      this.#flush = setTimeout(() => this.#tell(), BATCH_MS).unref()
      return
    }
    const changes = [...this.#changes.values()]
    this.#changes.clear()
    const sets = changes.flatMap(({ set }) => this.#setLines(set))
    this.#nft.write(joined([...sets, ...changeLines(this.#table, changes)]))
  }

  #setLines(set: string): readonly string[] {
    const [, version, bits] = /^banned([46])_(\d+)$/.exec(set) ?? []
    if (version === undefined || bits === undefined || this.#sizes.has(set)) return []
    this.#sizes.add(set)
    if (isUsualBan(version === '4' ? 4 : 6, Number(bits))) return []
    return banSet(this.#table, version === '4' ? 4 : 6, Number(bits), this.#plan.maxBans)
  }

  /** Everything anew: the rules, and all that is held. */
  #begin(life: number): string {
    const { nowMs } = this.#parts
    const now = nowMs()
    const port = this.#plan.listeners[0]?.address.port ?? 0
    this.#table = `aspis_${port}_${process.pid}_${life}`
    this.#changes.clear()
    this.#sizes = new Set()
    this.#counted = {}
    const changes: ElementChange[] = []
    for (const { network, dueMs } of this.#bans.values()) {
      if (dueMs > now) changes.push(banChange(network, Math.ceil((dueMs - now) / 1000)))
    }
    for (const [ip, ports] of this.#verified) {
      for (const [port, untilMs] of ports) {
        if (untilMs > now) changes.push(flowChange(ip, port, Math.ceil((untilMs - now) / 1000)))
      }
    }
    const sets = changes.flatMap(({ set }) => this.#setLines(set))
    return joined([
      ...openingLines(this.#table, this.#plan),
      ...sets,
      ...changeLines(this.#table, changes),
      `list counters table inet ${this.#table}`,
    ])
  }

  #up(): void {
    this.#isUp = true
    if (this.#hasBeenUp) this.#parts.log.info('kernel-lane-back', { table: this.#table })
    this.#hasBeenUp = true
    this.#settled.resolve()
  }

  #failed(why: string, retryMs: number): void {
    this.#why = why
    const wasUp = this.#isUp
    this.#isUp = false
    this.#settled.resolve()
    // Once for each time that it worked.
    if (wasUp && !this.#isStopped) this.#parts.log.warn('kernel-lane-failed', { why, retryMs })
  }

  #lookAround(): void {
    this.#nft.ask(`list counters table inet ${this.#table}\n`)
    const now = this.#parts.nowMs()
    if (now - this.#sweptMs < SWEEP_MS) return
    this.#sweptMs = now
    for (const [ip, ports] of this.#verified) {
      for (const [port, untilMs] of ports) {
        if (untilMs > now) continue
        ports.delete(port)
        this.#flows -= 1
      }
      if (ports.size === 0) this.#verified.delete(ip)
    }
  }

  #answered(text: string): void {
    if (!text.includes(`table inet ${this.#table} `)) return
    for (const [, name = '', packets] of text.matchAll(/counter (\w{1,20}) \{\s{1,20}packets (\d{1,19})/g)) {
      const count = Number(packets)
      const before = this.#counted[name] ?? 0
      if (!REASONS.some(reason => reason === name) || count < before) continue
      this.#drops.add(name, count - before)
      this.#counted[name] = count
    }
  }
}

function isWithin(ip: string, network: Network): boolean {
  return parseNetwork(`${ip}/${network.bits}`)?.text === network.text
}

function joined(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}

function flowChange(ip: string, port: number, seconds: number | undefined): ElementChange {
  return { set: isIPv6(ip) ? 'verified6' : 'verified4', key: `${ip} . ${port}`, seconds }
}

function banChange({ version, bits, text }: Network, seconds: number | undefined): ElementChange {
  return { set: banSetName(version, bits), key: text.split('/')[0] ?? text, seconds }
}
