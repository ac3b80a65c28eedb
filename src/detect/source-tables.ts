import { prefixOf, sourceOf } from '../base/source-network.ts'
import type { Source } from './source.ts'
import { type SlotEntry, SlotTable } from './tables/slot-table.ts'
import type { Account, PrefixEntry, Tables } from './tables.ts'

/** Sources that are told apart at a time; who was not heard of for longest is forgotten first. */
export const MAX_SOURCES = 32_768
export const MAX_PREFIXES = 16_384
export const MAX_ACCOUNTS = 32_768

/** What the configuration says about an address. */
export interface KnownSources {
  trunkOf(ip: string): string | undefined
  isAllowed(ip: string): boolean
}

/** The tables of an engine. */
export class SourceTables implements Tables {
  readonly sources: SlotTable<KnownSource>
  readonly prefixes: SlotTable<PrefixEntry>
  readonly accounts: SlotTable<Account>
  readonly #recent = new Array<Named | undefined>(NAMED_KEPT).fill(undefined)
  #known: KnownSources

  /** @param seed of the tables' hashes, secret */
  constructor(known: KnownSources, seed = 0) {
    this.#known = known
    const prefix = (slot: number, generation: number, key: string): PrefixEntry => ({
      ...{ slot, generation, key, name: key },
    })
    this.prefixes = new SlotTable(MAX_PREFIXES, prefix, seed)
    const account = (slot: number, generation: number, key: string): Account => ({
      ...{ slot, generation, key },
      lastLoginMs: Number.NEGATIVE_INFINITY,
    })
    this.accounts = new SlotTable(MAX_ACCOUNTS, account, seed)
    const source = (slot: number, generation: number, key: string): KnownSource => {
      const made = new KnownSource(slot, generation, key, this.prefixes.of(prefixOf(key)))
      made.trunk = this.#known.trunkOf(key)
      made.isAllowed = this.#known.isAllowed(key)
      return made
    }
    this.sources = new SlotTable(MAX_SOURCES, source, seed)
  }

  /** The source of an address. */
  sourceOf(ip: string): KnownSource {
    return this.sources.of(sourceOf(ip))
  }

  /** The account that a user and a realm name, made when it is new; who it was at that source last need not be looked up. */
  accountOf(source: KnownSource, user: string, realm: string): Account {
    const { lastAccount } = source
    if (lastAccount !== undefined && this.#isLast(source, user, realm) && this.accounts.holds(lastAccount)) {
      this.accounts.touch(lastAccount)
      return lastAccount
    }
    const named = this.#named(user, realm)
    source.lastUser = named.user
    source.lastRealm = named.realm
    source.lastAccount = named.account
    return named.account
  }

  /** Behind one address many users log in by turns: who did so lately need not be put together from parts. */
  #named(user: string, realm: string): Named {
    const place = placeOf(user)
    const known = this.#recent[place]
    if (known?.user === user && known.realm === realm && this.accounts.holds(known.account)) {
      this.accounts.touch(known.account)
      return known
    }
    // Texts of its own: a part of a message would keep the whole message in memory.
    const own = `${user}@${realm}\n`
    const ownUser = own.slice(0, user.length)
    const account = this.accounts.of(user.includes('@') ? ownUser : own.slice(0, -1))
    const named = { user: ownUser, realm: own.slice(user.length + 1, -1), account }
    this.#recent[place] = named
    return named
  }

  #isLast({ lastUser, lastRealm }: KnownSource, user: string, realm: string): boolean {
    return lastUser === user && lastRealm === realm
  }

  /** A new configuration knows other neighbours. */
  reconsider(known: KnownSources): void {
    this.#known = known
    for (const source of this.sources.entries()) {
      source.trunk = known.trunkOf(source.key)
      source.isAllowed = known.isAllowed(source.key)
    }
  }
}

/** A name as credentials gave it, and whose it is. */
interface Named {
  readonly user: string
  readonly realm: string
  readonly account: Account
}

/** A power of two. */
const NAMED_KEPT = 16_384

/** Told apart by their ends, where names that are numbers differ. */
function placeOf(user: string): number {
  let sum = user.length
  for (let i = Math.max(0, user.length - 6); i < user.length; i += 1)
    sum = Math.imul(sum ^ user.charCodeAt(i), 0x9e37_79b1)
  return (sum >>> 15) & (NAMED_KEPT - 1)
}

/** A source as its owner sees it. */
export class KnownSource implements Source, SlotEntry {
  readonly slot: number
  readonly generation: number
  readonly key: string
  readonly prefix: PrefixEntry
  isProved = false
  provedMs = Number.NEGATIVE_INFINITY
  trunk: string | undefined = undefined
  isAllowed = false
  lastLoginMs = Number.NEGATIVE_INFINITY
  /** Who logged in here last, and the names that he gave. */
  lastAccount: Account | undefined = undefined
  lastUser = ''
  lastRealm = ''

  constructor(slot: number, generation: number, key: string, prefix: PrefixEntry) {
    this.slot = slot
    this.generation = generation
    this.key = key
    this.prefix = prefix
  }

  get ip(): string {
    return this.key
  }
}
