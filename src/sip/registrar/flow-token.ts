import { type Address, printAddress, type TransportName } from '../../base/flow.ts'
import { canonicalIp, ipVersion } from '../../base/ip-address.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import {
  addPart,
  DIGEST_CHARS,
  digestText,
  finishDigest,
  holdsDigest,
  type SipKey,
} from '../../base/sip-hash.ts'

/**
 * Flow tokens (RFC 5626 §5.2): the name of a flow, sealed, so that a Path or Record-Route can carry it through
 * strangers and come back as we wrote it. No state is kept for one.
 *
 * Bytes: node (2) · transport (1) · expiry in s (4) · stream id (6) · local ip and port · remote ip and port; as base64url
 * without padding, and after it 72 bits of SipHash over that text. The stream id keeps a token from naming a later
 * connection that was given the same ports.
 */
export interface FlowName {
  readonly transport: TransportName
  readonly local: Address
  readonly remote: Address
  /** The connection's id, 0 to 2^48-1; 0 for UDP, whose flows outlive the process. */
  readonly streamId: number
}

/** What seals tokens; the previous key is still believed. */
export interface FlowTokenSecrets {
  readonly current: SipKey
  readonly previous: SipKey | undefined
  /** Mark of the process that holds the flow, 0 to 65535. */
  readonly node: number
  /** How long a token is good for, in seconds; longer than any registration. */
  readonly ttlSeconds: number
}

/** Why a token is not believed: 403 for both (RFC 5626 §5.3.1). */
export type FlowTokenRefusal = 'tampered' | 'expired'

const TRANSPORTS: readonly TransportName[] = ['udp', 'tcp', 'tls', 'ws', 'wss']
const MIN_TOKEN_CHARS = DIGEST_CHARS + 18
const MAX_TOKEN_CHARS = 220

/** The key of a flow in maps and bindings, `udp:192.0.2.7:5060`. */
export function flowKeyOf(transport: TransportName, remote: Address): string {
  return `${transport}:${printAddress(remote)}`
}

/** The IP address of a flow key, without brackets; '' when the text is no flow key. */
export function ipOfFlowKey(key: string): string {
  const start = key.indexOf(':') + 1
  const end = key.lastIndexOf(':')
  if (start === 0 || end < start) return ''
  const host = key.slice(start, end)
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

/** Seals the name of a flow. @param nowMs wall clock */
export function makeFlowToken(flow: FlowName, secrets: FlowTokenSecrets, nowMs: number): string {
  const head = Buffer.alloc(13)
  head.writeUInt16BE(secrets.node, 0)
  head.writeUInt8(TRANSPORTS.indexOf(flow.transport), 2)
  head.writeUInt32BE(Math.min(0xffff_ffff, Math.floor(nowMs / 1000) + secrets.ttlSeconds), 3)
  head.writeUIntBE(flow.streamId, 7, 6)
  const named = Buffer.concat([head, addressBytes(flow.local), addressBytes(flow.remote)]).toString(
    'base64url',
  )
  seal(named, secrets.current)
  return named + digestText()
}

/**
 * Opens a token that came back.
 * @param nowMs wall clock
 * @returns the flow and the node that holds it; whether the flow is still there is for the caller to see
 */
export function readFlowToken(
  token: string,
  secrets: FlowTokenSecrets,
  nowMs: number,
): Result<FlowName & { readonly node: number }, FlowTokenRefusal> {
  if (token.length > MAX_TOKEN_CHARS || token.length < MIN_TOKEN_CHARS) return failed('tampered')
  const text = token.slice(0, -DIGEST_CHARS)
  if (!isSealed(token, text, secrets.current) && !isSealed(token, text, secrets.previous))
    return failed('tampered')
  const named = Buffer.from(text, 'base64url')
  const local = readAddress(named, 13)
  const remote = local === undefined ? undefined : readAddress(named, local.end)
  const transport = TRANSPORTS[named.readUInt8(2)]
  if (local === undefined || remote === undefined || transport === undefined) return failed('tampered')
  if (named.readUInt32BE(3) * 1000 < nowMs) return failed('expired')
  return ok({
    transport,
    local: local.address,
    remote: remote.address,
    streamId: named.readUIntBE(7, 6),
    node: named.readUInt16BE(0),
  })
}

function isSealed(token: string, text: string, key: SipKey | undefined): boolean {
  if (key === undefined) return false
  seal(text, key)
  return holdsDigest(token, text.length)
}

/** The seal is over the text, so that only the one spelling that we write is ours. */
function seal(text: string, key: SipKey): void {
  key.begin()
  addPart(text)
  finishDigest()
}

/** Version byte, address, port: four octets for IPv4, length and text for IPv6. */
function addressBytes(address: Address): Buffer {
  const port = Buffer.alloc(2)
  port.writeUInt16BE(address.port, 0)
  if (ipVersion(address.ip) === 4) {
    return Buffer.concat([Buffer.from([4, ...address.ip.split('.').map(Number)]), port])
  }
  return Buffer.concat([Buffer.from([6, address.ip.length]), Buffer.from(address.ip, 'latin1'), port])
}

function readAddress(bytes: Buffer, at: number): { address: Address; end: number } | undefined {
  const isVersion4 = bytes[at] === 4
  const start = at + (isVersion4 ? 1 : 2)
  const portAt = start + (isVersion4 ? 4 : (bytes[at + 1] ?? 0))
  if (portAt + 2 > bytes.length) return undefined
  const octets = bytes.subarray(start, portAt)
  const ip = isVersion4 ? octets.join('.') : octets.toString('latin1')
  if (canonicalIp(ip) === undefined) return undefined
  return { address: { ip, port: bytes.readUInt16BE(portAt) }, end: portAt + 2 }
}
