import { BoundedMap } from '../base/bounded-map.ts'

/** An address keeps its users for so long after they last logged in: a phone that is off at night is still at home. */
const RESIDENCE_MS = 24 * 60 * 60_000
const ACCOUNTS_KEPT = 8
const SOURCES_KEPT = 100_000
/** A login within this time tells nothing new. */
const REFRESH_MS = 10 * 60_000

/** Which accounts log in from which addresses: who shares an address with an offender is not to suffer with him. */
export class Residents {
  readonly #sources = new BoundedMap<string, Map<string, number>>(SOURCES_KEPT)

  /**
   * An account proved itself from an address.
   * @param ip as subjects name it
   * @returns whether that was not known, or is long ago
   */
  note(ip: string, account: string, nowMs: number): boolean {
    let accounts = this.#sources.get(ip)
    if (accounts === undefined) {
      accounts = new Map()
      this.#sources.set(ip, accounts)
    }
    const lastMs = accounts.get(account)
    if (lastMs !== undefined && nowMs - lastMs < REFRESH_MS) return false
    if (lastMs === undefined && accounts.size >= ACCOUNTS_KEPT) {
      const [first] = accounts
      if (first !== undefined) {
        // Eight who came just now are as good as any other eight.
        if (nowMs - first[1] < REFRESH_MS) return false
        accounts.delete(first[0])
      }
    }
    accounts.delete(account)
    accounts.set(account, nowMs)
    return true
  }

  /** How many accounts live at an address; at most eight are counted. */
  count(ip: string, nowMs: number): number {
    const accounts = this.#sources.get(ip)
    if (accounts === undefined) return 0
    let count = 0
    for (const lastMs of accounts.values()) if (nowMs - lastMs < RESIDENCE_MS) count += 1
    return count
  }
}
