import { isIPv6 } from 'node:net'
import type { Listener } from '../../net/transports.ts'

/** What the table of the kernel holds from its first moment. */
export interface KernelPlan {
  readonly listeners: readonly Listener[]
  /** Addresses and prefixes that nothing is refused of: trunks, next hop, allow list. */
  readonly known: readonly string[]
  /** Datagrams a second of all strangers together; undefined: strangers are not counted. */
  readonly strangersPerSecond: number | undefined
  /** Places in each set. */
  readonly maxFlows: number
  readonly maxBans: number
}

/** A quarter of all may come from one network, so that one flood is no reason to turn all strangers away. */
const NETWORK_SHARE = 4
const NETWORKS_COUNTED = 65_536
/** Before other filters of priority 0. */
const PRIORITY = -10
/** Elements in one command: some 20 KiB. */
const ELEMENTS = 500
/** Of IPv4 and IPv6: a single address, and the network that detectors speak of. */
const USUAL: readonly (readonly [4 | 6, number])[] = [
  [4, 32],
  [4, 24],
  [6, 64],
  [6, 48],
]

/**
 * Commands that make the table: known addresses pass, then flows that logged in, then the banned are dropped, then
 * strangers are counted: by network, and all together. Only what comes to our own ports is looked at, and nothing of
 * this machine itself.
 */
export function openingLines(table: string, plan: KernelPlan): string[] {
  const t = `inet ${table}`
  const lines = [
    `add table ${t} { flags owner; }`,
    ...['banned', 'network', 'strangers'].map(name => `add counter ${t} ${name}`),
    `add chain ${t} bans`,
    `add chain ${t} ours`,
    `add chain ${t} input { type filter hook input priority ${PRIORITY}; policy accept; }`,
  ]
  for (const version of [4, 6] as const) {
    const [type, address] = version === 4 ? ['ipv4_addr', 'ip saddr'] : ['ipv6_addr', 'ip6 saddr']
    lines.push(
      `add set ${t} known${version} { type ${type}; flags interval; auto-merge; }`,
      `add set ${t} verified${version} { type ${type} . inet_service; flags timeout; size ${plan.maxFlows}; }`,
      `add set ${t} strangers${version} { type ${type}; flags dynamic,timeout; timeout 10s; size ${NETWORKS_COUNTED}; }`,
      `add rule ${t} ours ${address} @known${version} accept`,
      `add rule ${t} ours ${address} . udp sport @verified${version} accept`,
    )
    const known = plan.known.filter(each => isIPv6(each.split('/')[0] ?? '') === (version === 6))
    if (known.length > 0) lines.push(`add element ${t} known${version} { ${known.join(', ')} }`)
  }
  lines.push(`add rule ${t} ours jump bans`, ...strangerRules(t, plan.strangersPerSecond))
  for (const [version, bits] of USUAL) lines.push(...banSet(table, version, bits, plan.maxBans))
  lines.push(`add rule ${t} input iif lo accept`)
  for (const each of plan.listeners) lines.push(`add rule ${t} input ${toListener(each)} jump ours`)
  return lines
}

/** A set of banned networks of one size, and the rule that drops what comes from them. */
export function banSet(table: string, version: 4 | 6, bits: number, maxBans: number): string[] {
  const [type, address] = version === 4 ? ['ipv4_addr', 'ip saddr'] : ['ipv6_addr', 'ip6 saddr']
  const name = banSetName(version, bits)
  const mask = version === 4 && bits === 32 ? '' : ` & ${maskOf(version, bits)}`
  return [
    `add set inet ${table} ${name} { type ${type}; flags timeout; size ${maxBans}; }`,
    `add rule inet ${table} bans ${address}${mask} @${name} counter name banned drop`,
  ]
}

export function banSetName(version: 4 | 6, bits: number): string {
  return bits === (version === 4 ? 32 : 64) ? `banned${version}` : `banned${version}_${bits}`
}

/** Whether the table has a set for networks of this size from the start. */
export function isUsualBan(version: 4 | 6, bits: number): boolean {
  return USUAL.some(([of, length]) => of === version && length === bits)
}

/** One change of a set: an element that is there so long from now on, or, without a time, is there no more. */
export interface ElementChange {
  readonly set: string
  readonly key: string
  readonly seconds: number | undefined
}

/**
 * Commands for changes, each a transaction. An element that is there keeps its time whatever is added, so it is added,
 * which never fails, removed, which then cannot fail, and added with its new time.
 */
export function changeLines(table: string, changes: Iterable<ElementChange>): string[] {
  const bySet = new Map<string, ElementChange[]>()
  for (const change of changes) {
    const of = bySet.get(change.set)
    if (of === undefined) bySet.set(change.set, [change])
    else of.push(change)
  }
  const lines: string[] = []
  for (const [set, of] of bySet) {
    for (let at = 0; at < of.length; at += ELEMENTS)
      lines.push(elements(`inet ${table} ${set}`, of.slice(at, at + ELEMENTS)))
  }
  return lines
}

function elements(set: string, changes: readonly ElementChange[]): string {
  const keys = changes.map(({ key }) => key).join(', ')
  const staying = changes.filter(({ seconds }) => seconds !== undefined)
  const timed = staying.map(({ key, seconds }) => `${key} timeout ${seconds}s`).join(', ')
  const again = timed === '' ? '' : `; add element ${set} { ${timed} }`
  return `add element ${set} { ${keys} }; delete element ${set} { ${keys} }${again}`
}

function strangerRules(t: string, perSecond: number | undefined): string[] {
  if (perSecond === undefined) return []
  const ofNetwork = Math.max(1, Math.floor(perSecond / NETWORK_SHARE))
  const over = `limit rate over ${ofNetwork}/second burst ${ofNetwork} packets`
  const dropped = 'counter name network drop'
  return [
    `add rule ${t} ours meta l4proto != udp accept`,
    `add rule ${t} ours update @strangers4 { ip saddr & 255.255.255.0 ${over} } ${dropped}`,
    `add rule ${t} ours update @strangers6 { ip6 saddr & ${maskOf(6, 64)} ${over} } ${dropped}`,
    `add rule ${t} ours limit rate over ${perSecond}/second burst ${perSecond} packets counter name strangers drop`,
  ]
}

function toListener({ transport, address }: Listener): string {
  const { ip, port } = address
  const protocol = transport === 'udp' ? 'udp' : 'tcp'
  const isV6 = isIPv6(ip)
  if (ip === '0.0.0.0' || ip === '::')
    return `meta nfproto ${isV6 ? 'ipv6' : 'ipv4'} ${protocol} dport ${port}`
  return `${isV6 ? 'ip6' : 'ip'} daddr ${ip.split('%')[0]} ${protocol} dport ${port}`
}

function maskOf(version: 4 | 6, bits: number): string {
  const wide = version === 4 ? 32n : 128n
  const mask = ((1n << BigInt(bits)) - 1n) << (wide - BigInt(bits))
  if (version === 4) return [24n, 16n, 8n, 0n].map(shift => String((mask >> shift) & 255n)).join('.')
  return Array.from({ length: 8 }, (_, i) => ((mask >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(
    ':',
  )
}
