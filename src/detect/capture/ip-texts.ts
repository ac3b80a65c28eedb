import { BoundedMap } from '../../base/bounded-map.ts'
import { canonicalIp } from '../../base/ip-address.ts'
import { LIMITS } from '../../base/limits.ts'

/** Addresses as text, each made once while it is in use. */
export class IpTexts {
  readonly #quads = new BoundedMap<number, string>(LIMITS.maxCaptureAddresses)
  readonly #groups = new BoundedMap<string, string>(LIMITS.maxCaptureAddresses)

  ipv4(octets: Buffer, at: number): string {
    const word = octets.readUInt32BE(at)
    const known = this.#quads.get(word)
    if (known !== undefined) return known
    const text = `${octets[at]}.${octets[at + 1]}.${octets[at + 2]}.${octets[at + 3]}`
    this.#quads.set(word, text)
    return text
  }

  ipv6(octets: Buffer, at: number): string {
    const key = octets.latin1Slice(at, at + 16)
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(at + i * 2).toString(16))
    const text = canonicalIp(groups.join(':')) ?? '::'
    this.#groups.set(key, text)
    return text
  }
}
