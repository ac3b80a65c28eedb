import { checkMessage } from './check.ts'
import { DiameterClient } from './client.ts'
import { type DiameterMessage, decodeMessage } from './decode.ts'
import type { Peer } from './peer.ts'
import type { DiameterLink } from './peer-world.ts'

/** A server of the tests: what it got, and what it says. */
export interface TestServer {
  readonly host: string
  /** Every message that it got, in order. */
  readonly got: DiameterMessage[]
  /** Whether it takes connections. */
  isUp: boolean
  /** What it answers; undefined: nothing. */
  answer: (message: DiameterMessage) => Buffer | undefined
  /** The connection to it, while it is open. */
  link: TestLink | undefined
  attempts: number
}

/** A connection in memory: what the client writes reaches the server at once. */
export interface TestLink extends DiameterLink {
  readonly peer: Peer
  isOpen: boolean
  /** Octets that the server sends. */
  deliver(bytes: Buffer): void
}

/** A client, its servers, and the time between them. */
export class TestNetwork {
  nowMs = 1_000_000
  readonly servers: readonly TestServer[]
  readonly client: DiameterClient
  readonly news: string[] = []
  readonly refused: string[] = []
  readonly requested: DiameterMessage[] = []
  #waiting: (() => void)[] = []

  constructor(hosts: readonly string[], options: { answerMs?: number; host?: string } = {}) {
    this.servers = hosts.map(host => ({
      host,
      got: [],
      isUp: true,
      answer: () => undefined,
      link: undefined,
      attempts: 0,
    }))
    const settings = { watchdogMs: 30_000, handshakeMs: 10_000, maxRetryMs: 30_000 }
    const { host = 'edge.example.test', answerMs = 2000 } = options
    this.client = new DiameterClient(
      {
        identity: { host, realm: 'example.test', stateId: 1_700_000_000 },
        peers: hosts.map(each => ({ ...settings, host: each })),
        answerMs,
      },
      {
        connect: peer => this.#connect(peer),
        abandon: () => {},
        requested: (_peer, request) => this.requested.push(request),
        news: (peer, what, detail) =>
          this.news.push(`${peer.settings.host} ${what}${detail === undefined ? '' : ` ${detail}`}`),
        refused: (_peer, why) => this.refused.push(why),
        // Half of everything: no jitter, and identifiers that tests can count.
        random: bytes => Buffer.alloc(bytes, 0x80),
        nowMs: () => this.nowMs,
      },
    )
  }

  /** The server of a host; the first when none is named. */
  server(host?: string): TestServer {
    const found = this.servers.find(each => host === undefined || each.host === host)
    if (found === undefined) throw new Error(`no server ${host}`)
    return found
  }

  /** What was put off until the caller is done. */
  settle(): void {
    for (let turn = this.#waiting.shift(); turn !== undefined; turn = this.#waiting.shift()) turn()
  }

  /** Lets time pass, a deadline after the other. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms
    this.settle()
    for (let dueMs = this.client.dueMs; dueMs <= endMs; dueMs = this.client.dueMs) {
      this.nowMs = Math.max(this.nowMs, dueMs)
      this.client.run(this.nowMs)
      this.settle()
    }
    this.nowMs = endMs
  }

  /** The server closes its connection, or it breaks. */
  cut(server: TestServer): void {
    const { link } = server
    server.link = undefined
    if (link === undefined) return
    link.isOpen = false
    link.peer.closed(link, this.nowMs)
    this.settle()
  }

  #connect(peer: Peer): void {
    const server = this.server(peer.settings.host)
    server.attempts += 1
    this.#waiting.push(() => {
      if (!server.isUp) return peer.connectFailed('refused', this.nowMs)
      server.link = this.linkTo(server, peer)
      peer.connected(server.link, this.nowMs)
    })
  }

  /** A connection between a peer of the client and a server. */
  linkTo(server: TestServer, peer: Peer): TestLink {
    const link: TestLink = {
      peer,
      localIp: '192.0.2.1',
      isOpen: true,
      send: bytes => {
        const message = wellFormed(bytes)
        server.got.push(message)
        this.#waiting.push(() => {
          const answer = link.isOpen ? server.answer(message) : undefined
          if (answer !== undefined) link.deliver(answer)
        })
        return true
      },
      close: () => {
        link.isOpen = false
        if (server.link === link) server.link = undefined
      },
      deliver: bytes => {
        peer.receive(link, bytes, this.nowMs)
        this.settle()
      },
    }
    return link
  }
}

/** Whatever we send must be what we would take. */
function wellFormed(bytes: Buffer): DiameterMessage {
  const read = decodeMessage(bytes)
  if (!read.ok) throw new Error(`sent ${read.error.fault}: ${bytes.toString('hex')}`)
  const wrong = checkMessage(read.value)
  // An error answer says again what the request said of its command and application.
  const isAboutTheirs =
    read.value.isError && (wrong?.fault === 'command-unsupported' || wrong?.fault === 'application-wrong')
  if (wrong !== undefined && !isAboutTheirs) throw new Error(`sent ${wrong.fault}: ${bytes.toString('hex')}`)
  return read.value
}
