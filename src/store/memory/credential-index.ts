import { randomBytes } from 'node:crypto'
import { type Credential, type Ha1Name, userhashOf } from '../credentials.ts'
import type { Octets } from '../record/layout.ts'
import { hashOfText } from '../record/text-hash.ts'
import {
  domainNumberOf,
  isNamed,
  isPlain,
  lengthOf,
  packCredential,
  unpackCredential,
  wantsMd5,
} from './credential-record.ts'
import { OctetPool } from './octet-pool.ts'
import { PlaceTable } from './place-table.ts'

interface Domain {
  readonly name: string
  readonly number: number
  md5Users: number
}

/** So many names are hashed in one turn: some 10 ms. */
const HASHED_AT_ONCE = 5000

/**
 * Every account of this node in memory, by name, by hash of the name and by address-of-record: octets outside the
 * heap, of which an account is made when somebody asks. A million of them take some 130 octets each beyond names.
 */
export class CredentialIndex {
  readonly #pool = new OctetPool()
  readonly #byName = new PlaceTable()
  /** Addresses-of-record other than the default ones, which are found by name. */
  readonly #byAor = new PlaceTable()
  /** Each made when it is first asked for, as few phones hash their names; undefined while it is being made. */
  readonly #byHash = new Map<Ha1Name, PlaceTable | undefined>()
  /** Changes so far: what was made of another number of them is made again. */
  #changes = 0
  /** What `aorExists` was asked last, what it said, and how many changes there were then. */
  #lastAor: string | undefined
  #lastAorExists = false
  #changesThen = 0
  readonly #domains = new Map<string, Domain>()
  readonly #domainNames: string[] = []
  readonly #seed = randomBytes(4).readUInt32LE(0)
  /** A request asks for its user twice. */
  #last: Credential | undefined

  get count(): number {
    return this.#byName.count
  }

  find(user: string, domain: string): Credential | undefined {
    const last = this.#last
    if (last !== undefined && last.user === user && last.domain === domain) return last
    const found = this.#domains.get(domain)
    if (found === undefined) return undefined
    let place = this.#placeOf(user, found)
    if (place < 0) {
      const composed = user.normalize('NFC')
      if (composed !== user) place = this.#placeOf(composed, found)
    }
    if (place < 0) return undefined
    this.#last = this.#at(place)
    return this.#last
  }

  findByHash(name: Ha1Name, userhash: string, domain: string): Credential | undefined {
    if (!this.#domains.has(domain)) return undefined
    const table = this.#hashes(name)
    if (table === undefined) return undefined
    const hash = hashOfText(userhash, this.#seed)
    for (let i = table.first(hash); i >= 0; i = table.next(hash, i)) {
      const credential = this.#at(table.placeAt(hash, i))
      if (credential.domain === domain && userhashOf(name, credential.user, domain) === userhash)
        return credential
    }
    return undefined
  }

  hasMd5(domain: string): boolean {
    return (this.#domains.get(domain)?.md5Users ?? 0) > 0
  }

  aorExists(aor: string): boolean {
    // Who proved his name registers it next.
    if (this.#last?.aors[0] === aor) return true
    // Asked twice for a call: whether it may be made, and whom it is for.
    if (aor === this.#lastAor && this.#changes === this.#changesThen) return this.#lastAorExists
    this.#lastAorExists = this.#hasAor(aor)
    this.#lastAor = aor
    this.#changesThen = this.#changes
    return this.#lastAorExists
  }

  #hasAor(aor: string): boolean {
    if (aor.startsWith('sip:')) {
      const at = aor.lastIndexOf('@')
      const domain = at < 0 ? undefined : this.#domains.get(aor.slice(at + 1))
      const place = domain === undefined ? -1 : this.#placeOf(aor.slice('sip:'.length, at), domain)
      if (place >= 0 && isPlain(this.#octetsOf(place), this.#pool.offsetOf(place))) return true
    }
    if (this.#byAor.count === 0) return false
    const hash = hashOfText(aor, this.#seed)
    for (let i = this.#byAor.first(hash); i >= 0; i = this.#byAor.next(hash, i)) {
      if (this.#at(this.#byAor.placeAt(hash, i)).aors.includes(aor)) return true
    }
    return false
  }

  /** Accounts in the order of domain and name. */
  list(domain: string | undefined): readonly Credential[] {
    const accounts: Credential[] = []
    for (const place of this.#byName.places()) {
      const account = this.#at(place)
      if (domain === undefined || account.domain === domain) accounts.push(account)
    }
    return accounts.sort((a, b) => order(a.domain, b.domain) || order(a.user, b.user))
  }

  put(credential: Credential): void {
    this.remove(credential.user, credential.domain)
    this.add(credential)
  }

  /** Puts an account that is known not to be there. */
  add(credential: Credential): void {
    this.#changes += 1
    const domain = this.#domain(credential.domain)
    const bytes = packCredential(credential, domain.number)
    const place = this.#pool.allocate(bytes.length)
    const octets = this.#octetsOf(place)
    const at = this.#pool.offsetOf(place)
    bytes.copy(octets.bytes, at)
    this.#byName.add(this.#nameHash(credential.user, domain), place)
    if (!isPlain(octets, at)) for (const aor of credential.aors) this.#byAor.add(this.#hash(aor), place)
    for (const [name, table] of this.#byHash) table?.add(this.#userhash(name, credential), place)
    if (wantsMd5(octets, at)) domain.md5Users += 1
  }

  remove(user: string, domainName: string): boolean {
    const domain = this.#domains.get(domainName)
    const place = domain === undefined ? -1 : this.#placeOf(user, domain)
    if (domain === undefined || place < 0) return false
    this.#last = undefined
    this.#changes += 1
    const octets = this.#octetsOf(place)
    const at = this.#pool.offsetOf(place)
    const credential = this.#at(place)
    this.#byName.remove(this.#nameHash(user, domain), place)
    if (!isPlain(octets, at)) for (const aor of credential.aors) this.#byAor.remove(this.#hash(aor), place)
    for (const [name, table] of this.#byHash) table?.remove(this.#userhash(name, credential), place)
    if (wantsMd5(octets, at)) domain.md5Users -= 1
    this.#pool.free(place, lengthOf(octets, at))
    return true
  }

  #hash(text: string): number {
    return hashOfText(text, this.#seed)
  }

  #nameHash(user: string, domain: Domain): number {
    return hashOfText(user, this.#seed ^ domain.number)
  }

  #userhash(name: Ha1Name, { user, domain }: Credential): number {
    return this.#hash(userhashOf(name, user, domain))
  }

  #placeOf(user: string, domain: Domain): number {
    const hash = this.#nameHash(user, domain)
    for (let i = this.#byName.first(hash); i >= 0; i = this.#byName.next(hash, i)) {
      const place = this.#byName.placeAt(hash, i)
      const octets = this.#octetsOf(place)
      const at = this.#pool.offsetOf(place)
      if (domainNumberOf(octets, at) === domain.number && isNamed(octets, at, user)) return place
    }
    return -1
  }

  #octetsOf(place: number): Octets {
    return this.#pool.octetsOf(place)
  }

  #at(place: number): Credential {
    const octets = this.#octetsOf(place)
    const at = this.#pool.offsetOf(place)
    return unpackCredential(octets, at, this.#domainNames[domainNumberOf(octets, at)] ?? '')
  }

  #domain(name: string): Domain {
    const found = this.#domains.get(name)
    if (found !== undefined) return found
    const added = { name, number: this.#domainNames.push(name) - 1, md5Users: 0 }
    this.#domains.set(name, added)
    return added
  }

  /** @returns undefined while a large table is being made, a second or two: no phone may hold up the others */
  #hashes(name: Ha1Name): PlaceTable | undefined {
    if (!this.#byHash.has(name)) {
      this.#byHash.set(name, undefined)
      this.#makeHashes(name, new PlaceTable(), this.#byName.places(), this.#changes)
    }
    return this.#byHash.get(name)
  }

  #makeHashes(name: Ha1Name, table: PlaceTable, places: Iterator<number>, changes: number): void {
    if (changes !== this.#changes) {
      return this.#makeHashes(name, new PlaceTable(), this.#byName.places(), this.#changes)
    }
    for (let i = 0; i < HASHED_AT_ONCE; i++) {
      const next = places.next()
      if (next.done === true) {
        this.#byHash.set(name, table)
        return
      }
      table.add(this.#userhash(name, this.#at(next.value)), next.value)
    }
    setImmediate(() => this.#makeHashes(name, table, places, changes))
  }
}

function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
