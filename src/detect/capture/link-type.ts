/** Link types of captures that are read or written (the registry of the pcap formats). */
export const LINK = {
  /** BSD loopback: four octets of address family in the order of the machine that wrote. */
  null: 0,
  ethernet: 1,
  /** Raw IP as some BSDs number it. */
  rawBsd: 12,
  rawOpenBsd: 14,
  /** A packet begins with its IP header. */
  raw: 101,
  /** OpenBSD loopback: the family in network order. */
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const
