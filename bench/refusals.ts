import type { Flow } from '../src/base/flow.ts'
import { DatagramSorter } from '../src/net/datagrams.ts'
import { SimEdge } from '../test/support/sim-edge.ts'

/**
 * What it costs to refuse: microseconds of our own time for one datagram, the kernel's left out. The core of the
 * server runs in this process, with sources that never proved anything, a new one for each datagram.
 * `node bench/refusals.ts [--quick]`
 */
const ROUNDS = process.argv.includes('--quick') ? 5 : 15
const DATAGRAMS = 20_000
const WARM_UP = 60_000

const edge = await SimEdge.open()

/** A source that is not the one before: nothing is remembered of it. */
function stranger(n: number): Flow {
  const ip = `198.${18 + ((n >> 16) & 1)}.${(n >> 8) & 255}.${n & 255}`
  const flow = edge.transports.datagramFlow({ ip, port: 5060 })
  if (flow === undefined) throw new Error('the simulated edge has no datagram socket')
  return flow
}

const request = (uri: string, n: number): string =>
  [
    `INVITE ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 198.18.0.1:5060;rport;branch=z9hG4bK-${n.toString(16)}`,
    'Max-Forwards: 70',
    `From: <sip:a@${uri.slice(uri.indexOf('@') + 1)}>;tag=${n}`,
    `To: <${uri}>`,
    `Call-ID: ${n}@198.18.0.1`,
    'CSeq: 1 INVITE',
    'Contact: <sip:a@198.18.0.1>',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')

/** What strangers send, and what it is. */
const KINDS: readonly { readonly name: string; readonly text: (n: number) => string }[] = [
  { name: 'garbage, 100 octets', text: n => String.fromCharCode(1 + (n & 127)).repeat(100) },
  { name: 'garbage, 1200 octets', text: n => String.fromCharCode(1 + (n & 127)).repeat(1200) },
  { name: 'a start line and nothing', text: n => `INVITE sip:${n}@example.test SIP/2.0\r\n\r\n` },
  { name: 'a domain that is not served', text: n => request('sip:bob@elsewhere.invalid', n) },
  {
    name: 'a response to nothing',
    text: n => `SIP/2.0 200 OK\r\n${request('sip:b@example.test', n).slice(38)}`,
  },
  { name: 'a domain of ours, no credentials', text: n => request('sip:bob@example.test', n) },
]

console.log(`${'a source that is not admitted'.padEnd(40)} ${notAdmitted().toFixed(2).padStart(7)} µs`)
for (const { name, text } of KINDS) {
  let [next, bestUs] = [0, Number.POSITIVE_INFINITY]
  const flows = Array.from({ length: DATAGRAMS }, (_, n) => stranger(n))
  for (let done = 0; done < WARM_UP; done += DATAGRAMS) next = pass(flows, text, next).next
  for (let round = 0; round < ROUNDS; round++) {
    const { us, next: after } = pass(flows, text, next)
    next = after
    bestUs = Math.min(bestUs, us / DATAGRAMS)
  }
  console.log(`${name.padEnd(40)} ${bestUs.toFixed(2).padStart(7)} µs`)
}

/** Processor time for a datagram of each source, from its octets on; making those is not counted. */
function pass(
  flows: readonly Flow[],
  text: (n: number) => string,
  first: number,
): { us: number; next: number } {
  const octets = flows.map((_, n) => Buffer.from(text(first + n), 'latin1'))
  const before = process.cpuUsage()
  for (const [at, flow] of flows.entries()) edge.core.receive(octets[at]?.toString('latin1') ?? '', flow)
  const { user, system } = process.cpuUsage(before)
  edge.network.sent.length = 0
  return { us: user + system, next: first + flows.length }
}

/** Processor time for a datagram of a source that is not admitted, one of as many as there are datagrams. */
function notAdmitted(): number {
  const sources = Array.from({ length: DATAGRAMS }, (_, n) => `198.18.${n >> 8}.${n & 255}`)
  const banned = new Set(sources)
  const sorter = new DatagramSorter({ admits: ip => !banned.has(ip), onMessage: () => {} })
  let bestUs = Number.POSITIVE_INFINITY
  for (let round = 0; round < 10 * ROUNDS; round++) {
    const before = process.cpuUsage()
    for (const ip of sources) sorter.refuses(ip)
    const { user, system } = process.cpuUsage(before)
    bestUs = Math.min(bestUs, (user + system) / DATAGRAMS)
  }
  return bestUs
}
