/**
 * Sends every message of the corpus to a server of ours and prints what happened as JSON. To be run in a network
 * namespace of its own (`unshare -n`): it makes every address local there, so that whatever the server sends to a
 * third party is seen, and goes nowhere.
 *
 *     unshare -n node test/support/corpus-runner.ts torture|everything [PART-OF-AN-ID]
 */
import { createSocket, type Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect, type Socket as Stream } from 'node:net'
import { type Capture, type Packet, startCapture } from './capture.ts'
import {
  bytesOf,
  type CorpusCase,
  type CorpusReport,
  corpusCases,
  domainsOf,
  type Observation,
  type Stray,
} from './corpus.ts'
import { type EdgeProcess, startEdgeProcess } from './edge-process.ts'
import { must } from './namespaces.ts'

const SERVER = { ip: '10.66.0.1', port: 5070 }
const ADMIN_PORT = 19_066
const DOMAIN = 'edge.test'
const IN_FLIGHT = 24
/** Long enough for a retransmission of a final response (RFC 3261 §17.1.2.2: T1 and 2*T1). */
const SETTLE_MS = 2000
const PROBE_MS = 3000

/** What is being seen of one message. */
interface Watch {
  readonly each: CorpusCase
  readonly transport: 'udp' | 'tcp'
  bytesIn: number
  bytesOut: number
  isClosed: boolean
  isAlive: boolean
  readonly got: string[]
  readonly requests: string[]
}

const byAddress = new Map<string, Watch>()
const strays: Stray[] = []
const open: (Socket | Stream)[] = []
let nextSource = 0

/** One source address a message: 127.66.x.y, and 127.67.x.y for the probe after it. */
function takeSource(): { readonly message: string; readonly probe: string } {
  nextSource++
  const tail = `${Math.floor(nextSource / 250)}.${(nextSource % 250) + 1}`
  return { message: `127.66.${tail}`, probe: `127.67.${tail}` }
}

function see(packet: Packet): void {
  const isOurs = packet.toIp === SERVER.ip && packet.toPort === SERVER.port
  if (isOurs || packet.fromIp.startsWith('127.6') || isAdmin(packet)) return
  if (packet.protocol === 'tcp') {
    if (packet.isOpening) strays.push({ to: `tcp ${packet.toIp}:${packet.toPort}`, what: 'connection' })
    return
  }
  if (packet.toIp.startsWith('127.67.')) return
  const watch = byAddress.get(packet.toIp)
  const text = packet.payload.toString('latin1')
  if (watch === undefined || watch.transport !== 'udp') {
    strays.push({ to: `udp ${packet.toIp}:${packet.toPort}`, what: text.slice(0, 200) })
    return
  }
  watch.bytesOut += packet.payload.length
  if (text.startsWith('SIP/2.0 ')) watch.got.push(text.slice(8, 11))
  else if (/^\S+ \S+ SIP\/2\.0\r\n/.test(text)) watch.requests.push(text.slice(0, 80))
  else watch.got.push('other')
}

function isAdmin(packet: Packet): boolean {
  return packet.toPort === ADMIN_PORT || packet.fromPort === ADMIN_PORT
}

async function bound(ip: string, port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  await new Promise<void>((done, fail) => {
    socket.once('error', fail)
    socket.bind({ address: ip, port }, () => done())
  })
  open.push(socket)
  return socket
}

/** Whether an OPTIONS from another address is answered with 200. */
async function probe(ip: string): Promise<boolean> {
  const socket = await bound(ip, 5060)
  const text = [
    `OPTIONS sip:${DOMAIN} SIP/2.0`,
    `Via: SIP/2.0/UDP ${ip}:5060;branch=z9hG4bKprobe${ip.replaceAll('.', '-')};rport`,
    'Max-Forwards: 70',
    `From: <sip:probe@${DOMAIN}>;tag=probe`,
    `To: <sip:${DOMAIN}>`,
    `Call-ID: probe-${ip}`,
    'CSeq: 1 OPTIONS',
    'User-Agent: a probe that is sent after each message, as large as what it asks for',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
  return await new Promise<boolean>(done => {
    const resend = setInterval(() => socket.send(text, SERVER.port, SERVER.ip), 500)
    const finish = (isAlive: boolean): void => {
      clearInterval(resend)
      clearTimeout(limit)
      done(isAlive)
    }
    const limit = setTimeout(() => finish(false), PROBE_MS)
    socket.on('message', answer => finish(answer.toString('latin1').startsWith('SIP/2.0 200')))
    socket.send(text, SERVER.port, SERVER.ip)
  })
}

async function sendOne(each: CorpusCase, transport: 'udp' | 'tcp'): Promise<Watch | undefined> {
  const source = takeSource()
  const bytes = bytesOf(each, {
    host: SERVER.ip,
    port: SERVER.port,
    sourceIp: source.message,
    sourcePort: 5060,
    domain: DOMAIN,
    token: `r${nextSource}x`,
  })
  const watch: Watch = {
    each,
    transport,
    bytesIn: bytes.length,
    bytesOut: 0,
    isClosed: false,
    isAlive: false,
    got: [],
    requests: [],
  }
  byAddress.set(source.message, watch)
  if (transport === 'tcp') await sendByStream(bytes, source.message, watch)
  else if (!(await sendDatagram(bytes, source.message))) return undefined
  watch.isAlive = await probe(source.probe)
  return watch
}

/** @returns false when it does not fit a datagram */
async function sendDatagram(bytes: Buffer, ip: string): Promise<boolean> {
  const socket = await bound(ip, 5060)
  return await new Promise<boolean>(done =>
    socket.send(bytes, SERVER.port, SERVER.ip, error => done(error === null || error === undefined)),
  )
}

async function sendByStream(bytes: Buffer, ip: string, watch: Watch): Promise<void> {
  const stream = connect({ host: SERVER.ip, port: SERVER.port, localAddress: ip })
  open.push(stream)
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    watch.got.length = 0
    watch.requests.length = 0
    for (const line of text.split('\r\n')) {
      if (line.startsWith('SIP/2.0 ')) watch.got.push(line.slice(8, 11))
      else if (line.endsWith(' SIP/2.0')) watch.requests.push(line.slice(0, 80))
    }
  })
  stream.on('end', () => {
    watch.isClosed = true
  })
  stream.on('error', () => {
    watch.isClosed = true
  })
  await new Promise<void>(done => stream.write(bytes, () => done()))
}

/** Sends all, many in flight; what comes back late still counts. */
async function round(
  cases: readonly CorpusCase[],
  transport: 'udp' | 'tcp',
): Promise<readonly Observation[]> {
  const watches: Watch[] = []
  const waiting = cases.filter(each => each.transport === undefined || each.transport.includes(transport))
  let next = 0
  const worker = async (): Promise<void> => {
    for (let each = waiting[next++]; each !== undefined; each = waiting[next++]) {
      const watch = await sendOne(each, transport)
      if (watch !== undefined) watches.push(watch)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  await new Promise(done => setTimeout(done, SETTLE_MS))
  for (const one of open.splice(0)) 'destroy' in one ? one.destroy() : one.close()
  return watches.map(({ each, ...seen }) => ({ id: each.id, ...seen }))
}

function residentKib(edge: EdgeProcess): number {
  const status = readFileSync(`/proc/${edge.process.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}

async function run(which: string, only: string): Promise<CorpusReport> {
  const startMs = performance.now()
  must('ip', 'link', 'set', 'lo', 'up')
  must('ip', 'route', 'add', 'local', 'default', 'dev', 'lo')
  must('ip', 'addr', 'add', `${SERVER.ip}/32`, 'dev', 'lo')
  const cases = corpusCases().filter(each => each.id.includes(only))
  const isEverything = which === 'everything'
  const served = corpusCases().filter(each =>
    isEverything ? each.template !== true : /^rfc(4475|5118)\//.test(each.file),
  )
  const [first = DOMAIN, ...others] = [DOMAIN, ...domainsOf(served).filter(name => name !== SERVER.ip)]
  const aliases = others.map(name => `"${name}"`).join(', ')
  const edge = await startEdgeProcess({
    domain: first,
    users: [],
    adminPort: ADMIN_PORT,
    yaml: [
      `domains: [{ name: ${first}, aliases: [${aliases}] }]`,
      `listen: [udp://${SERVER.ip}:${SERVER.port}, tcp://${SERVER.ip}:${SERVER.port}]`,
      'dns: { servers: [10.66.0.53] }',
      'log: { format: json }',
      `unserved: ${isEverything ? 'reject' : 'silent'}`,
    ].join('\n'),
  })
  let capture: Capture | undefined
  try {
    capture = await startCapture(see)
    const observations: Observation[] = []
    const resident: number[] = []
    // Memory is looked at when tables and code have been touched once.
    const warm = ['udp', 'udp', 'udp', 'udp', 'udp'] as const
    const rounds = isEverything ? (['udp', 'tcp'] as const) : (['udp', 'tcp', ...warm] as const)
    for (const [i, transport] of rounds.entries()) {
      const seen = await round(cases, transport)
      if (i < 2) observations.push(...seen)
      resident.push(residentKib(edge))
    }
    return {
      observations,
      strays,
      residentKib: resident,
      seconds: (performance.now() - startMs) / 1000,
      errors: edge
        .output()
        .split('\n')
        .filter(line => line.includes('"level":"error"')),
    }
  } finally {
    await capture?.stop()
    await edge.remove()
  }
}

process.stdout.write(`${JSON.stringify(await run(process.argv[2] ?? 'torture', process.argv[3] ?? ''))}\n`)
