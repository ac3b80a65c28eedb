import type { Subject } from './subject.ts'
import type { Slot } from './tables/slot-table.ts'

/**
 * One address that messages come from: an IPv4 address, or an IPv6 /64, since who has one address of it has all.
 * Its slot indexes the columns that detectors keep; the object is reused for another address when the table is full,
 * which the generation tells.
 */
export interface Source extends Slot {
  /** The address as text: IPv4, or `2001:db8:0:1::/64`. */
  readonly ip: string
  /** Its network: the IPv4 /24 (`192.0.2.0/24`), or the IPv6 /48. */
  readonly prefix: Prefix
  /** It proved to receive what is sent to it: a connection, or an echoed nonce. Only then may it be banned. */
  readonly isProved: boolean
  /** When it last echoed a nonce of ours, ms of the event clock; -Infinity: never. */
  readonly provedMs: number
  /** A configured neighbour's name; its traffic is judged by its own limits, and it is never banned. */
  readonly trunk: string | undefined
  /** In the allow list of the configuration. */
  readonly isAllowed: boolean
  /** An account logged in from here, and when last, ms of the event clock; -Infinity: never. */
  readonly lastLoginMs: number
}

/** A network of sources. */
export interface Prefix extends Slot {
  readonly name: string
}

export function subjectOfSource(source: Source): Subject {
  return source.trunk === undefined
    ? { kind: 'source', name: source.ip }
    : { kind: 'trunk', name: source.trunk }
}
