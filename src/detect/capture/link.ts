import { LINK } from './link-type.ts'

/** Why the octets below are no IP packet. One a line, sorted. */
export type LinkFault = 'cut-short' | 'link-type-unknown' | 'not-ip'

const ETHERNET_HEADER = 14
const COOKED_HEADER = 16
const COOKED2_HEADER = 20
const FAMILY_BYTES = 4
const TAG_BYTES = 4
/** Two tags are in use; more is somebody's play. */
const MAX_TAGS = 8

const IPV4 = 0x0800
const IPV6 = 0x86dd
/** IEEE 802.1Q, 802.1ad, and what came before it. */
const TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100])
/** AF_INET, and AF_INET6 as Linux, the BSDs and macOS number it. */
const FAMILIES: ReadonlySet<number> = new Set([2, 10, 24, 28, 30])

/** Where the IP packet begins in what was captured. */
export function ipStartOf(linkType: number, octets: Buffer): number | LinkFault {
  switch (linkType) {
    case LINK.ethernet:
      return behindTags(octets, ETHERNET_HEADER - 2, ETHERNET_HEADER)
    case LINK.linuxCooked:
      return behindTags(octets, COOKED_HEADER - 2, COOKED_HEADER)
    case LINK.linuxCooked2:
      return behindTags(octets, 0, COOKED2_HEADER)
    case LINK.raw:
    case LINK.rawBsd:
    case LINK.rawOpenBsd:
    case LINK.ipv4:
    case LINK.ipv6:
      return 0
    case LINK.null:
    case LINK.loop:
      return behindFamily(octets)
    default:
      return 'link-type-unknown'
  }
}

/** @param typeAt where the EtherType stands @param start where its payload begins */
function behindTags(octets: Buffer, typeAt: number, start: number): number | LinkFault {
  if (octets.length < start) return 'cut-short'
  let type = octets.readUInt16BE(typeAt)
  let at = start
  for (let tags = 0; TAGS.has(type); tags += 1) {
    if (tags === MAX_TAGS) return 'not-ip'
    if (octets.length < at + TAG_BYTES) return 'cut-short'
    type = octets.readUInt16BE(at + 2)
    at += TAG_BYTES
  }
  return type === IPV4 || type === IPV6 ? at : 'not-ip'
}

/** The order is that of the machine that wrote, which nobody says: the number is small in one of them. */
function behindFamily(octets: Buffer): number | LinkFault {
  if (octets.length < FAMILY_BYTES) return 'cut-short'
  const isKnown = FAMILIES.has(octets.readUInt32LE(0)) || FAMILIES.has(octets.readUInt32BE(0))
  return isKnown ? FAMILY_BYTES : 'not-ip'
}
