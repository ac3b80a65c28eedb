import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type { Deadline, Deadlines } from '../../base/deadlines.ts'
import { canonicalIp } from '../../base/ip-address.ts'
import { LIMITS } from '../../base/limits.ts'
import {
  type Asked,
  type AvpPair,
  checkMessage,
  DISCONNECT_CAUSE,
  DiameterClient,
  DiameterFramer,
  type DiameterIdentity,
  decodeMessage,
  identityOf,
  isCommand,
  type Peer,
  type ServerRequest,
  ServerRequests,
} from '../../mechanisms/aaa/diameter/index.ts'
import { dialDiameter } from '../../net/diameter-dial.ts'
import { type DiameterListener, listenDiameter } from '../../net/diameter-listener.ts'
import type { DiameterStream, DiameterStreamOptions, DiameterTls } from '../../net/diameter-stream.ts'
import type { DiameterConfig, DiameterPeerConfig } from '../config/diameter.ts'
import type { DiameterEvents } from './diameter-events.ts'

/** What connections to peers stand on. */
export interface DiameterGround {
  readonly deadlines: Deadlines
  /** Monotonic, ms. */
  readonly nowMs: () => number
  /** Unix time, ms. */
  readonly wallMs: () => number
  readonly events: Pick<DiameterEvents, 'broke' | 'peer' | 'refused'>
  /** Undefined: no peer is reached by TLS. */
  readonly tls: DiameterTls | undefined
  /** Does what a peer asks for; says the Result-Code. */
  readonly serve: (asked: ServerRequest, peer: string) => number | Promise<number>
}

/** Peers with their connections. */
export interface ConnectedDiameter {
  readonly identity: DiameterIdentity
  ask(name: 'LI' | 'MA' | 'SA' | 'UA', avps: readonly AvpPair[]): Promise<Asked>
  /** Whether what a peer says travels hidden. */
  isProtected(peer: Peer): boolean
  readonly pending: number
  peersOpen(): readonly (readonly [string, number])[]
  /** Says goodbye, and lets everything go. */
  close(): Promise<void>
}

const HANDSHAKE_MS = 10_000
const MAX_RETRY_MS = 30_000
/** Deadlines of peers are seconds; looked at this often they are late by nothing that matters. */
const TICK_MS = 50
/** How long goodbyes are waited for. */
const GOODBYE_MS = 1000

const STREAM: DiameterStreamOptions = {
  makeCutter: () => new DiameterFramer(),
  maxSendBytes: LIMITS.maxDiameterSendBytes,
  openMs: HANDSHAKE_MS,
}

/** Our identity as one of several workers, numbered from 0: peers allow one connection for each identity. */
export function workerIdentity(identity: string, worker: number | undefined): string {
  if (worker === undefined || worker === 0) return identity
  const dot = identity.indexOf('.')
  return `${identity.slice(0, dot)}-${worker + 1}${identity.slice(dot)}`
}

/** Connects to all peers, and stays connected. */
export function connectDiameter(
  config: DiameterConfig,
  identityHost: string,
  ground: DiameterGround,
): ConnectedDiameter {
  return new Connected(config, identityHost, ground)
}

class Connected implements ConnectedDiameter {
  readonly identity: DiameterIdentity
  readonly #config: DiameterConfig
  readonly #ground: DiameterGround
  readonly #client: DiameterClient
  readonly #requests: ServerRequests
  readonly #dialling = new Map<Peer, () => void>()
  readonly #peerOf = new Map<DiameterStream, Peer>()
  #tick: Deadline | undefined
  #listener: DiameterListener | undefined
  #isClosed = false

  constructor(config: DiameterConfig, host: string, ground: DiameterGround) {
    const { events, nowMs, wallMs } = ground
    this.#config = config
    this.#ground = ground
    this.identity = { host, realm: config.realm, stateId: Math.floor(wallMs() / 1000) }
    this.#requests = new ServerRequests(this.identity)
    this.#client = new DiameterClient(
      {
        identity: this.identity,
        peers: config.peers.map(peer => ({
          host: peer.host,
          watchdogMs: config.watchdogMs,
          handshakeMs: HANDSHAKE_MS,
          maxRetryMs: MAX_RETRY_MS,
        })),
        answerMs: config.answerMs,
      },
      {
        connect: peer => this.#connect(peer),
        abandon: peer => {
          this.#dialling.get(peer)?.()
          this.#dialling.delete(peer)
        },
        requested: (peer, request) => this.#serve(peer, request),
        news: (peer, what, detail) => events.peer(peer.settings.host, what, detail),
        refused: (peer, why) => events.refused(peer.settings.host, why),
        random: bytes => randomBytes(bytes),
        nowMs,
      },
    )
    this.#client.start(nowMs())
    this.#arm()
    if (config.listen !== undefined) this.#listen(config.listen)
  }

  get pending(): number {
    return this.#client.pending
  }

  ask(name: 'LI' | 'MA' | 'SA' | 'UA', avps: readonly AvpPair[]): Promise<Asked> {
    return new Promise(resolve => this.#client.ask(name, avps, this.#ground.nowMs(), resolve))
  }

  isProtected(peer: Peer): boolean {
    return this.#configOf(peer)?.transport === 'tls'
  }

  peersOpen(): readonly (readonly [string, number])[] {
    return this.#client.peers.map(peer => [peer.settings.host, peer.fitness > 0 ? 1 : 0] as const)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { nowMs, deadlines } = this.#ground
    this.#client.stop(DISCONNECT_CAUSE.rebooting, nowMs())
    this.#listener?.close()
    const untilMs = nowMs() + GOODBYE_MS
    while (this.#peerOf.size > 0 && nowMs() < untilMs) await new Promise(resolve => setTimeout(resolve, 10))
    deadlines.cancel(this.#tick)
    for (const abort of this.#dialling.values()) abort()
    for (const stream of this.#peerOf.keys()) stream.close()
  }

  #arm(): void {
    const { deadlines, nowMs } = this.#ground
    this.#tick = deadlines.set(nowMs(), TICK_MS, () => {
      const now = nowMs()
      if (this.#client.dueMs <= now) this.#client.run(now)
      this.#arm()
    })
  }

  #connect(peer: Peer): void {
    const target = this.#configOf(peer)
    if (target === undefined) return
    const { nowMs } = this.#ground
    const abort = dialDiameter({ ...target, tls: this.#tlsOf(target) }, STREAM, {
      onOpen: stream => {
        this.#dialling.delete(peer)
        this.#use(stream, peer)
        peer.connected(this.#linkOf(stream), nowMs())
      },
      onFailed: why => {
        this.#dialling.delete(peer)
        peer.connectFailed(why, nowMs())
      },
      ...this.#streamCallbacks(),
    })
    this.#dialling.set(peer, abort)
  }

  #streamCallbacks() {
    const { nowMs } = this.#ground
    return {
      onMessage: (stream: DiameterStream, message: Buffer): void => {
        this.#peerOf.get(stream)?.receive(this.#linkOf(stream), message, nowMs())
      },
      onClosed: (stream: DiameterStream, why: string): void => {
        const peer = this.#peerOf.get(stream)
        this.#peerOf.delete(stream)
        if (peer === undefined) return
        if (why === 'version' || why === 'message-length')
          this.#ground.events.refused(peer.settings.host, why)
        peer.closed(this.#linkOf(stream), nowMs())
      },
    }
  }

  readonly #links = new WeakMap<DiameterStream, Link>()

  /** One link a stream: peers know them by identity. */
  #linkOf(stream: DiameterStream): Link {
    const known = this.#links.get(stream)
    if (known !== undefined) return known
    const link: Link = {
      localIp: stream.localIp,
      send: bytes => stream.send(bytes),
      close: () => {
        this.#peerOf.delete(stream)
        stream.close()
      },
    }
    this.#links.set(stream, link)
    return link
  }

  #use(stream: DiameterStream, peer: Peer): void {
    this.#peerOf.set(stream, peer)
  }

  /** The first message of a connection that a peer opened must be the CER of somebody we know (RFC 6733 §5.6.1). */
  #listen(address: { readonly ip: string; readonly port: number }): void {
    const { events, nowMs } = this.#ground
    const { onMessage, onClosed } = this.#streamCallbacks()
    const isPlain = this.#config.peers.every(({ transport }) => transport === 'tcp')
    const judged = new Set<DiameterStream>()
    const refuse = (stream: DiameterStream): void => {
      events.refused(stream.remoteIp, 'identity-wrong')
      stream.close()
    }
    listenDiameter(address, isPlain ? undefined : this.#ground.tls, STREAM, {
      onOpen: () => {},
      onMessage: (stream, message) => {
        if (this.#peerOf.has(stream)) return onMessage(stream, message)
        // Nobody may say more before his greeting was answered (RFC 6733 §5.3).
        if (judged.has(stream)) return refuse(stream)
        const read = decodeMessage(message)
        const greeting = read.ok && checkMessage(read.value) === undefined ? read.value : undefined
        const host = greeting === undefined ? undefined : identityOf(greeting.avps, 'Origin-Host')
        const peer = this.#client.peers.find(({ settings }) => settings.host === host)
        const isGreeting = greeting?.isRequest === true && isCommand(greeting, 'CE')
        if (peer === undefined || greeting === undefined || !isGreeting || !stream.speaksFor(host ?? ''))
          return refuse(stream)
        const accept = (): void => {
          this.#use(stream, peer)
          peer.accept(this.#linkOf(stream), greeting, nowMs())
        }
        if (!isPlain) return accept()
        judged.add(stream)
        isFrom(this.#configOf(peer)?.address ?? '', stream.remoteIp).then(isIt => {
          // Gone meanwhile, when it is no longer there.
          if (!judged.delete(stream)) return
          if (isIt) accept()
          else refuse(stream)
        })
      },
      onClosed: (stream, why) => {
        judged.delete(stream)
        onClosed(stream, why)
      },
    }).then(
      listener => {
        this.#listener = listener
        if (this.#isClosed) listener.close()
      },
      (error: unknown) => events.broke('listen', error instanceof Error ? error : new Error(String(error))),
    )
  }

  #serve(peer: Peer, request: Parameters<ServerRequests['answer']>[0]): void {
    const { events, nowMs, serve } = this.#ground
    const act = (asked: ServerRequest): number | Promise<number> => serve(asked, peer.settings.host)
    const answer = this.#requests.answer(request, peer.realm, act)
    if (!(answer instanceof Promise)) return void peer.send(answer, nowMs())
    answer.then(
      late => peer.send(late, nowMs()),
      (error: unknown) => events.broke('serve', error instanceof Error ? error : new Error(String(error))),
    )
  }

  #configOf(peer: Peer): DiameterPeerConfig | undefined {
    return this.#config.peers.find(({ host }) => host === peer.settings.host)
  }

  #tlsOf(peer: DiameterPeerConfig): DiameterTls | undefined {
    return peer.transport === 'tls' ? this.#ground.tls : undefined
  }
}

/** In the clear a name proves nothing: a peer comes from where it would be reached. */
async function isFrom(host: string, ip: string): Promise<boolean> {
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.some(({ address }) => canonicalIp(address) === canonicalIp(ip))
}

interface Link {
  readonly localIp: string
  send(bytes: Buffer): boolean
  close(): void
}
