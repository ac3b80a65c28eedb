/** What DNS is asked for here, and what it answers; names are lower case, without a closing dot. */
export type DnsType = 'A' | 'AAAA' | 'NAPTR' | 'SRV'

/** One record of an answer. */
export type DnsRecord = AddressRecord | SrvRecord | NaptrRecord

export interface AddressRecord {
  readonly type: 'A' | 'AAAA'
  readonly address: string
}

/** RFC 2782; a target of '' says that the service is decidedly not there. */
export interface SrvRecord {
  readonly type: 'SRV'
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** RFC 3403 §4. */
export interface NaptrRecord {
  readonly type: 'NAPTR'
  readonly order: number
  readonly preference: number
  readonly flags: string
  readonly services: string
  readonly regexp: string
  readonly replacement: string
}

/** Why a question got no answer. */
export type DnsFailure =
  /** No server answered in time. */
  | 'timeout'
  /** Every server refused or failed. */
  | 'server-failure'
  /** What came back was no DNS message, or not what was asked. */
  | 'malformed'
  /** Aliases led too far or in a circle. */
  | 'too-deep'
  /** Too many questions are open already. */
  | 'overloaded'
  /** The name cannot stand in DNS. */
  | 'name-unfit'

/** The outcome of one question; `none` is an answer: no such name, or no such record. */
export type DnsAnswer =
  | {
      readonly kind: 'records'
      readonly records: readonly DnsRecord[]
      /** It came from a file of this machine, not from the network. */
      readonly isLocal: boolean
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly why: DnsFailure }

/** Asks one question; answers at once when it can, and never rejects. */
export type AskDns = (name: string, type: DnsType) => DnsAnswer | Promise<DnsAnswer>
