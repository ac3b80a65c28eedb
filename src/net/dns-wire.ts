import { type Answer, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet'
import type { DnsRecord, DnsType } from '../base/dns-records.ts'
import { ipVersion } from '../base/ip-address.ts'

/** One question as it goes on the wire; the letters of `name` stand in random case. */
export interface WireQuestion {
  readonly id: number
  readonly name: string
  readonly type: DnsType
}

/** A record with its owner, both names lower case without closing dot. */
export interface OwnedRecord {
  readonly owner: string
  readonly ttlSeconds: number
  /** An alias, or what was asked for. */
  readonly record: DnsRecord | { readonly type: 'CNAME'; readonly target: string }
}

/** What a server answered to our question. */
export interface WireAnswer {
  readonly rcode: string
  readonly isTruncated: boolean
  /** Of the answer section; authority and additional records are not believed (DNS-13). */
  readonly records: readonly OwnedRecord[]
  /** RFC 2308 §5: how long there is nothing. */
  readonly negativeSeconds: number | undefined
}

/** No fragment on any path (DNS-11). */
const EDNS_BYTES = 1232
const HEADER_BYTES = 12

/** The bytes of a query: recursion desired, AD and CD clear, EDNS. */
export function writeQuestion(question: WireQuestion): Buffer {
  return encode({
    type: 'query',
    id: question.id,
    flags: RECURSION_DESIRED,
    questions: [{ type: question.type, name: question.name }],
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize: EDNS_BYTES }],
  })
}

/**
 * Reads an answer and matches every field that a forger has to guess (DNS-01, DNS-02).
 * @param isStream the answer came by TCP, where the case of the letters protects nothing more
 * @returns `mismatch` when it answers something else, `malformed` when it is no DNS message
 */
export function readAnswer(
  bytes: Buffer,
  question: WireQuestion,
  isStream: boolean,
): WireAnswer | 'mismatch' | 'malformed' {
  if (bytes.length < HEADER_BYTES) return 'malformed'
  if (bytes.readUInt16BE(0) !== question.id) return 'mismatch'
  const packet = decodeOrNothing(bytes)
  if (packet === undefined) return 'malformed'
  if (packet.type !== 'response' || packet.opcode !== 'QUERY') return 'mismatch'
  const [asked, ...more] = packet.questions ?? []
  if (asked === undefined || more.length > 0) return 'mismatch'
  if (asked.type !== question.type || asked.class !== 'IN') return 'mismatch'
  const isSameName = isStream
    ? asked.name.toLowerCase() === question.name.toLowerCase()
    : asked.name === question.name
  if (!isSameName) return 'mismatch'
  return {
    rcode: packet.rcode ?? '',
    isTruncated: packet.flag_tc === true,
    records: (packet.answers ?? []).flatMap(ownedRecord),
    negativeSeconds: negativeSeconds(packet.authorities ?? []),
  }
}

/** A name that may be asked for: letters, digits, `-`, `_`; labels of 1 to 63; at most 253 in all. */
export function isAskable(name: string): boolean {
  return name.length <= 253 && name.split('.').every(isLabel)
}

function isLabel(label: string): boolean {
  if (label.length === 0 || label.length > 63) return false
  for (let at = 0; at < label.length; at += 1) {
    if (!'abcdefghijklmnopqrstuvwxyz0123456789-_'.includes(label.charAt(at))) return false
  }
  return true
}

function decodeOrNothing(bytes: Buffer): Packet | undefined {
  try {
    return decode(bytes)
  } catch {
    return undefined
  }
}

function ownedRecord(answer: Answer): readonly OwnedRecord[] {
  if (answer.class !== 'IN') return []
  const record = recordOf(answer)
  if (record === undefined) return []
  return [{ owner: plain(answer.name), ttlSeconds: Math.min(answer.ttl ?? 0, 0x7fff_ffff), record }]
}

function recordOf({ type, data }: Answer): OwnedRecord['record'] | undefined {
  if (type === 'A' || type === 'AAAA') {
    return typeof data === 'string' && ipVersion(data) !== 0 ? { type, address: data } : undefined
  }
  if (type === 'CNAME') {
    return typeof data === 'string' && isAskable(plain(data)) ? { type, target: plain(data) } : undefined
  }
  if (typeof data !== 'object' || data === null) return undefined
  const number = (name: string) => fieldOf(data, name, 'number')
  const text = (name: string) => fieldOf(data, name, 'string')
  if (type === 'SRV') {
    const target = plain(text('target'))
    if (target !== '' && !isAskable(target)) return undefined
    return { type, priority: number('priority'), weight: number('weight'), port: number('port'), target }
  }
  if (type === 'NAPTR') {
    const replacement = plain(text('replacement'))
    if (replacement !== '' && !isAskable(replacement)) return undefined
    return {
      type,
      order: number('order'),
      preference: number('preference'),
      flags: text('flags'),
      services: text('services'),
      regexp: text('regexp'),
      replacement,
    }
  }
  return undefined
}

function fieldOf(data: object, name: string, kind: 'number'): number
function fieldOf(data: object, name: string, kind: 'string'): string
function fieldOf(data: object, name: string, kind: 'number' | 'string'): number | string {
  const value: unknown = Object.entries(data).find(([key]) => key === name)?.[1]
  if (typeof value === kind && (typeof value === 'number' || typeof value === 'string')) return value
  return kind === 'number' ? 0 : ''
}

function negativeSeconds(authorities: readonly Answer[]): number | undefined {
  const soa = authorities.find(record => record.type === 'SOA')
  if (soa === undefined || typeof soa.data !== 'object' || soa.data === null) return undefined
  return Math.min(soa.ttl ?? 0, fieldOf(soa.data, 'minimum', 'number'))
}

function plain(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}
