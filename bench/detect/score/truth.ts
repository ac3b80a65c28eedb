import { prefixOf, sourceOf } from '../../../src/base/source-network.ts'
import type { Campaign, Wired } from '../traffic/wire.ts'
import type { Verdict } from './verdict.ts'

/** What really happened in a capture. */
export interface Truth {
  readonly capture: string
  /** Undefined: honest people alone. */
  readonly campaign: Campaign | undefined
  readonly firstMs: number
  readonly lastMs: number
  /** Addresses, and IPv6 /64 networks, that the attack came from or seemed to. */
  readonly sources: ReadonlySet<string>
  /** User names that it was about. */
  readonly targets: ReadonlySet<string>
  /** Call-IDs of its messages. */
  readonly calls: ReadonlySet<string>
  readonly honestMessages: number
  readonly attackMessages: number
  /** Users, times days of the capture. */
  readonly honestUserDays: number
}

/** A verdict counts until so long after the last message of its campaign. */
const GRACE_MS = 120_000
const TRUNK = 'carrier'

/**
 * Whether a verdict is about the campaign of its capture: `late` is right about whom and too late to count as found.
 */
export function relationOf(truth: Truth, verdict: Verdict): 'right' | 'late' | 'wrong' {
  if (truth.campaign === undefined || verdict.atMs < truth.firstMs) return 'wrong'
  const isLate = verdict.atMs > truth.lastMs + GRACE_MS
  if (namesNobody(verdict)) return isLate ? 'wrong' : 'right'
  if (!isOf(truth, truth.campaign, verdict)) return 'wrong'
  return isLate ? 'late' : 'right'
}

const NAMED = ['source', 'prefix', 'account', 'call', 'trunk']

/** The whole server, a domain, a destination: whoever is behind it. */
function namesNobody({ kind }: Verdict): boolean {
  return !NAMED.includes(kind)
}

function isOf(truth: Truth, campaign: Campaign, { kind, name }: Verdict): boolean {
  switch (kind) {
    case 'source':
      return truth.sources.has(name)
    case 'prefix':
      return [...truth.sources].some(source => prefixOf(source) === name)
    case 'account':
      return truth.targets.has(name.includes('@') ? name.slice(0, name.indexOf('@')) : name)
    case 'call':
      return truth.calls.has(name)
    default:
      return name === TRUNK && campaign.name.includes('neighbour')
  }
}

/** Gathers what is true of a capture while its messages go by. */
export class TruthKeeper {
  readonly #sources = new Set<string>()
  readonly #calls = new Set<string>()
  #firstMs = 0
  #lastMs = 0
  honest = 0
  #attack = 0

  note({ atMs, from, isInward, text, campaign }: Wired): void {
    if (!isInward) return
    if (campaign === undefined) {
      if (text.length > 4) this.honest += 1
      return
    }
    if (this.#attack === 0) this.#firstMs = atMs
    this.#lastMs = atMs
    this.#attack += 1
    this.#sources.add(sourceOf(from.ip))
    this.#calls.add(callIdOf(text))
  }

  truth(
    capture: string,
    campaign: Campaign | undefined,
    targets: ReadonlySet<string>,
    honestUserDays: number,
  ): Truth {
    return {
      ...{ capture, campaign, targets, honestUserDays },
      ...{ firstMs: this.#firstMs, lastMs: this.#lastMs, sources: this.#sources, calls: this.#calls },
      ...{ honestMessages: this.honest, attackMessages: this.#attack },
    }
  }
}

/** The Call-ID of a text, however it is written; '' when there is none. */
export function callIdOf(text: string): string {
  const found = /^(?:call-id|i):\s*(\S+)/im.exec(text.slice(0, 4000))
  return found?.[1] ?? ''
}
