import { Fragments } from './fragments.ts'
import { IpTexts } from './ip-texts.ts'

/** Why an IP packet is not read. One a line, sorted. */
export type IpFault = 'cut-short' | 'fragment' | 'ip-malformed' | 'not-ip' | 'too-many-extension-headers'

/** What an IP packet carries; the object is used again for the next. */
export interface IpPayload {
  sourceIp: string
  destinationIp: string
  /** 6 TCP, 17 UDP … */
  protocol: number
  octets: Buffer
  /** The capture holds only its beginning. */
  isCut: boolean
}

const IPV4_HEADER = 20
const IPV6_HEADER = 40
const FRAGMENT_HEADER = 8
const FRAGMENT = 44
const AUTHENTICATION = 51
/** Hop-by-hop options, routing, destination options, mobility, HIP, shim6: all say their length alike (RFC 6564). */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60, 135, 139, 140])
const MAX_EXTENSIONS = 16

/** Reads IPv4 (RFC 791) and IPv6 (RFC 8200), fragments put together. */
export class IpReader {
  readonly fragments = new Fragments()
  readonly #texts = new IpTexts()
  readonly #payload: IpPayload = {
    sourceIp: '',
    destinationIp: '',
    protocol: 0,
    octets: Buffer.alloc(0),
    isCut: false,
  }

  /** @param start where the packet begins @param nowMs event clock */
  read(octets: Buffer, start: number, nowMs: number): IpPayload | IpFault {
    if (start >= octets.length) return 'cut-short'
    const version = (octets[start] ?? 0) >> 4
    if (version === 4) return this.#readIpv4(octets, start, nowMs)
    return version === 6 ? this.#readIpv6(octets, start, nowMs) : 'not-ip'
  }

  #readIpv4(octets: Buffer, start: number, nowMs: number): IpPayload | IpFault {
    if (octets.length < start + IPV4_HEADER) return 'cut-short'
    const headerLength = ((octets[start] ?? 0) & 15) * 4
    // Zero: a network card was to cut a large segment, and would have filled it in.
    const totalLength = octets.readUInt16BE(start + 2) || octets.length - start
    if (headerLength < IPV4_HEADER || totalLength < headerLength) return 'ip-malformed'
    const from = start + headerLength
    if (from > octets.length) return 'cut-short'
    const payload = this.#payload
    payload.sourceIp = this.#texts.ipv4(octets, start + 12)
    payload.destinationIp = this.#texts.ipv4(octets, start + 16)
    payload.protocol = octets[start + 9] ?? 0
    this.#slice(octets, from, start + totalLength)
    const flags = octets.readUInt16BE(start + 6)
    const isMore = (flags & 0x2000) !== 0
    const offset = (flags & 0x1fff) * 8
    if (!isMore && offset === 0) return payload
    const key = `${octets.latin1Slice(start + 12, start + 20)}${octets.readUInt16BE(start + 4)}/${payload.protocol}`
    return this.#whole(key, offset, isMore, nowMs)
  }

  #readIpv6(octets: Buffer, start: number, nowMs: number): IpPayload | IpFault {
    if (octets.length < start + IPV6_HEADER) return 'cut-short'
    const payload = this.#payload
    const end = start + IPV6_HEADER + (octets.readUInt16BE(start + 4) || octets.length - start - IPV6_HEADER)
    payload.sourceIp = this.#texts.ipv6(octets, start + 8)
    payload.destinationIp = this.#texts.ipv6(octets, start + 24)
    let next = octets[start + 6] ?? 0
    let at = start + IPV6_HEADER
    for (let seen = 0; seen < MAX_EXTENSIONS; seen += 1) {
      if (next === FRAGMENT) return this.#readFragment(octets, start, at, end, nowMs)
      if (!EXTENSIONS.has(next) && next !== AUTHENTICATION) {
        payload.protocol = next
        if (at > end) return 'ip-malformed'
        this.#slice(octets, at, end)
        return payload
      }
      if (at + 2 > octets.length) return 'cut-short'
      const length = octets[at + 1] ?? 0
      const bytes = next === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8
      next = octets[at] ?? 0
      at += bytes
    }
    return 'too-many-extension-headers'
  }

  #readFragment(octets: Buffer, start: number, at: number, end: number, nowMs: number): IpPayload | IpFault {
    if (at + FRAGMENT_HEADER > octets.length) return 'cut-short'
    if (at + FRAGMENT_HEADER > end) return 'ip-malformed'
    const payload = this.#payload
    const flags = octets.readUInt16BE(at + 2)
    payload.protocol = octets[at] ?? 0
    this.#slice(octets, at + FRAGMENT_HEADER, end)
    const isMore = (flags & 1) !== 0
    const offset = flags & 0xfff8
    // An atomic fragment is whole (RFC 6946).
    if (!isMore && offset === 0) return payload
    const key = `${octets.latin1Slice(start + 8, start + 40)}${octets.readUInt32BE(at + 4)}`
    return this.#whole(key, offset, isMore, nowMs)
  }

  #slice(octets: Buffer, from: number, to: number): void {
    this.#payload.octets = octets.subarray(from, Math.min(to, octets.length))
    this.#payload.isCut = to > octets.length
  }

  #whole(key: string, offset: number, isMore: boolean, nowMs: number): IpPayload | IpFault {
    const payload = this.#payload
    if (payload.isCut) return 'cut-short'
    const whole = this.fragments.take(key, payload.octets, offset, !isMore, nowMs)
    if (whole === undefined) return 'fragment'
    payload.octets = whole
    return payload
  }
}
