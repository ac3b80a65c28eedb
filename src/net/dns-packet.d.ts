/** The part of dns-packet that is used here; the package brings no types. */
declare module 'dns-packet' {
  export interface Question {
    readonly name: string
    readonly type: string
    readonly class?: string
  }
  export interface Answer {
    readonly name: string
    readonly type: string
    readonly class?: string
    readonly ttl?: number
    readonly data?: unknown
    readonly udpPayloadSize?: number
  }
  export interface Packet {
    readonly id?: number
    readonly type?: 'query' | 'response'
    readonly flags?: number
    readonly flag_tc?: boolean
    readonly opcode?: string
    readonly rcode?: string
    readonly questions?: readonly Question[]
    readonly answers?: readonly Answer[]
    readonly authorities?: readonly Answer[]
    readonly additionals?: readonly Answer[]
  }
  export const RECURSION_DESIRED: number
  export const TRUNCATED_RESPONSE: number
  export function encode(packet: Packet): Buffer
  /** @throws Error when the bytes are no DNS message */
  export function decode(bytes: Buffer): Packet
}
