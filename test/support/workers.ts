import { readFileSync } from 'node:fs'
import { type EdgeProcess, startEdgeProcess } from './edge-process.ts'
import { ask, freePorts, headerOf, type SipPeer } from './sip-peer.ts'
import { newDialog, requestOf } from './sip-requests.ts'

export const DOMAIN = 'work.test'

/** A server of two workers. */
export interface WorkersEdge {
  readonly edge: EdgeProcess
  /** UDP and TCP on 127.0.0.1. */
  readonly port: number
  readonly tlsPort: number
  readonly wsPort: number
}

/**
 * Starts two workers with users `u0`, `u1`, … and the password `pw`.
 * @param more lines of configuration
 */
export async function startWorkersEdge(users: number, more = ''): Promise<WorkersEdge> {
  const [port = 0, tlsPort = 0, wsPort = 0, adminPort = 0] = await freePorts(4)
  const edge = await startEdgeProcess({
    domain: DOMAIN,
    adminPort,
    users: Array.from({ length: users }, (_, i) => ({ name: `u${i}`, password: 'pw' })),
    yaml: `domains: [${DOMAIN}]
workers: 2
listen: [udp://127.0.0.1:${port}, tcp://127.0.0.1:${port}, tls://127.0.0.1:${tlsPort}, ws://127.0.0.1:${wsPort}]
log: {format: json}
${more}`,
  })
  return { edge, port, tlsPort, wsPort }
}

/** For tests of what the processes do with each other: nobody is asked for a password. */
export const OPEN = `insecure:
  - allow: unauthenticated-requests
    methods: [REGISTER, INVITE]
    because: the processes are under test`

/** The address-of-record of a user. */
export function aorOf(i: number): string {
  return `sip:u${i}@${DOMAIN}`
}

/** The worker that a nonce names. */
export function workerOfNonce(challenge: string): number {
  const field = headerOf(challenge, 'Proxy-Authenticate') ?? headerOf(challenge, 'WWW-Authenticate') ?? ''
  const nonce = /nonce="([^"]+)"/.exec(field)?.[1]
  if (nonce === undefined) throw new Error(`no challenge but ${challenge}`)
  return Buffer.from(nonce.slice(8, 12), 'base64url').readUInt16BE(0) & 255
}

/** The worker that has this peer: the one whose nonce it gets. */
export async function workerOf(peer: SipPeer): Promise<number> {
  const uri = aorOf(0)
  // A source that proved nothing is sent hardly more than it sent.
  const lines = [`Subject: ${'which worker is this? '.repeat(12)}`]
  const parts = { method: 'MESSAGE', uri, from: uri, to: uri, dialog: newDialog(), cseq: 1, lines }
  const request = requestOf(peer, parts)
  return workerOfNonce(await ask(peer, request))
}

/**
 * Connects until each of the two workers has `count` peers or more.
 * @param connect whoever gives it closes the peers
 * @returns `count` peers of each worker
 */
export async function peersOfBoth(
  count: number,
  connect: () => Promise<SipPeer>,
): Promise<readonly [readonly SipPeer[], readonly SipPeer[]]> {
  const both: [SipPeer[], SipPeer[]] = [[], []]
  for (let tries = 0; tries < 200; tries += 1) {
    if (both.every(peers => peers.length === count)) return both
    const peer = await connect()
    const peers = both[(await workerOf(peer)) === 0 ? 0 : 1]
    if (peers.length < count) peers.push(peer)
  }
  throw new Error('the system gave all connections to one worker')
}

/** Process ids of the workers, in the order of their numbers after a start. */
export function workerIds(edge: EdgeProcess): number[] {
  const { pid } = edge.process
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}

/** Waits for something that another process does. */
export async function until(holds: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  for (const beganMs = performance.now(); performance.now() - beganMs < withinMs; ) {
    if (holds()) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`${what}: not in ${withinMs} ms`)
}
