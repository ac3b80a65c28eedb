/**
 * A small server of the Diameter SIP application (RFC 4740), for tests: it knows users by their passwords, checks digests
 * or hands over H(A1), and remembers who is served where. It stands behind freeDiameter, which relays to it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { isCommand } from '../../src/mechanisms/aaa/diameter/base-commands.ts'
import { firstOf, numberOf, textOf } from '../../src/mechanisms/aaa/diameter/check.ts'
import { type Asked, DiameterClient } from '../../src/mechanisms/aaa/diameter/client.ts'
import { type CommandName, commandNamed } from '../../src/mechanisms/aaa/diameter/commands.ts'
import type { Avp, DiameterMessage } from '../../src/mechanisms/aaa/diameter/decode.ts'
import type { AvpPair } from '../../src/mechanisms/aaa/diameter/encode.ts'
import { DiameterFramer } from '../../src/mechanisms/aaa/diameter/framer.ts'
import type { Peer } from '../../src/mechanisms/aaa/diameter/peer.ts'
import type { DiameterLink } from '../../src/mechanisms/aaa/diameter/peer-world.ts'
import { sipAnswer } from '../../src/mechanisms/aaa/diameter/test-server.ts'

/** One request that it got. */
export interface SeenRequest {
  readonly name: CommandName
  readonly user: string
  readonly aor: string
  readonly isRetransmission: boolean
  readonly endToEnd: number
  readonly message: DiameterMessage
}

export interface DiameterServerSetup {
  readonly identity: string
  readonly realm: string
  /** Agents that it connects to by TCP on 127.0.0.1. */
  readonly agents: readonly { readonly identity: string; readonly port: number }[]
  /** Passwords by name; the realm of the digest is the one that the client used. */
  readonly users: ReadonlyMap<string, string>
}

export class DiameterServer {
  readonly seen: SeenRequest[] = []
  /** Servers by address-of-record, as SAR told. */
  readonly served = new Map<string, string>()
  /** Addresses-of-record by name: the profile. */
  readonly profiles = new Map<string, readonly string[]>()
  /** Hands over H(A1) in place of a check. */
  handsOverHa1 = false
  /** Says nothing to requests. */
  isSilent = false
  /** Result-Code by command in place of what it would say. */
  readonly forced = new Map<CommandName, number>()
  readonly #setup: DiameterServerSetup
  readonly #client: DiameterClient
  readonly #sockets = new Set<{ destroy(): void }>()
  readonly #tick: NodeJS.Timeout

  constructor(setup: DiameterServerSetup) {
    this.#setup = setup
    const { identity, realm, agents } = setup
    const own = { host: identity, realm, stateId: Math.floor(Date.now() / 1000) }
    const peers = agents.map(agent => ({
      host: agent.identity,
      watchdogMs: 6000,
      handshakeMs: 5000,
      maxRetryMs: 1000,
    }))
    this.#client = new DiameterClient(
      { identity: own, peers, answerMs: 5000 },
      {
        connect: peer => this.#connect(peer),
        abandon: () => {},
        requested: (peer, request) => this.#requested(peer, request),
        news: () => {},
        refused: () => {},
        random: bytes => randomBytes(bytes),
        nowMs: () => performance.now(),
      },
    )
    this.#client.start(performance.now())
    this.#tick = setInterval(() => this.#client.run(performance.now()), 50)
  }

  /** Agents that it is connected to. */
  get open(): number {
    return this.#client.peers.filter(peer => peer.isOpen).length
  }

  of(name: CommandName): readonly SeenRequest[] {
    return this.seen.filter(each => each.name === name)
  }

  /** Sends a request of its own to the edge. */
  push(name: 'RT' | 'PP', edge: string, avps: readonly AvpPair[]): Promise<Asked> {
    const request: readonly AvpPair[] = [
      ['Auth-Application-Id', 6],
      ['Auth-Session-State', 1],
      ...this.#origin(),
      ['Destination-Host', edge],
      ['Destination-Realm', edge.slice(edge.indexOf('.') + 1)],
      ...avps,
    ]
    return this.ask(name, request)
  }

  /** Sends any request to the first agent. @param avps all but Session-Id */
  ask(name: CommandName, avps: readonly AvpPair[]): Promise<Asked> {
    return new Promise(resolve => this.#client.ask(name, avps, performance.now(), resolve))
  }

  close(): void {
    clearInterval(this.#tick)
    for (const socket of this.#sockets) socket.destroy()
  }

  #connect(peer: Peer): void {
    const agent = this.#setup.agents.find(({ identity }) => identity === peer.settings.host)
    const socket = connect({ host: '127.0.0.1', port: agent?.port ?? 0 })
    this.#sockets.add(socket)
    const framer = new DiameterFramer()
    const link: DiameterLink = {
      localIp: '127.0.0.1',
      send: bytes => socket.write(bytes) || true,
      close: () => void socket.end(),
    }
    socket.once('connect', () => peer.connected(link, performance.now()))
    socket.on('data', chunk => {
      for (const message of framer.feed(chunk).messages) peer.receive(link, message, performance.now())
    })
    socket.on('error', () => peer.connectFailed('error', performance.now()))
    socket.once('close', () => {
      this.#sockets.delete(socket)
      peer.closed(link, performance.now())
    })
  }

  #requested(peer: Peer, request: DiameterMessage): void {
    const name = commandNamed(request.code)
    if (name === undefined) return
    this.seen.push({
      name,
      user: textOf(request.avps, 'User-Name') ?? '',
      aor: textOf(request.avps, 'SIP-AOR') ?? '',
      isRetransmission: request.isRetransmission,
      endToEnd: request.endToEnd,
      message: request,
    })
    if (this.isSilent) return
    const [result, more] = this.#answer(name, request)
    peer.send(sipAnswer(request, this.forced.get(name) ?? result, this.#origin(), more), performance.now())
  }

  #answer(name: CommandName, { avps, ...request }: DiameterMessage): [number, readonly AvpPair[]] {
    const user = textOf(avps, 'User-Name') ?? ''
    const aor = textOf(avps, 'SIP-AOR') ?? ''
    const password = this.#setup.users.get(user)
    if (name === 'LI') {
      const serverUri = this.served.get(aor)
      return serverUri === undefined ? [5034, []] : [2001, [['SIP-Server-URI', serverUri]]]
    }
    if (password === undefined) return [5032, []]
    if (name === 'UA') return [this.served.has(aor) ? 2004 : 2003, []]
    if (name === 'SA') return this.#assign(user, aor, avps)
    if (!isCommand({ avps, ...request }, 'MA')) return [3001, []]
    if (textOf(avps, 'SIP-Method') === 'REGISTER' && !aor.startsWith(`sip:${user}@`)) return [5033, []]
    return this.#judge(password, firstOf(avps, 'SIP-Auth-Data-Item')?.group ?? [])
  }

  #assign(user: string, aor: string, avps: readonly Avp[]): [number, readonly AvpPair[]] {
    const type = numberOf(avps, 'SIP-Server-Assignment-Type') ?? 0
    if (type === 1 || type === 2) this.served.set(aor, textOf(avps, 'SIP-Server-URI') ?? '')
    else this.served.delete(aor)
    const profileType = textOf(avps, 'SIP-Supported-User-Data-Type')
    const profile = this.profiles.get(user)
    if (profileType === undefined || profile === undefined) return [2001, []]
    return [2001, [profileOf(profileType, profile)]]
  }

  #judge(password: string, item: readonly Avp[]): [number, readonly AvpPair[]] {
    const credentials = firstOf(item, 'SIP-Authorization')?.group ?? []
    const value = (name: Parameters<typeof textOf>[1]): string => textOf(credentials, name) ?? ''
    const ha1 = sha256(`${value('Digest-Username')}:${value('Digest-Realm')}:${password}`)
    if (this.handsOverHa1) {
      const challenge: AvpPair = [
        'SIP-Authenticate',
        [
          ['Digest-Realm', value('Digest-Realm')],
          ['Digest-Nonce', value('Digest-Nonce')],
          ['Digest-Algorithm', 'SHA-256'],
          ['Digest-HA1', ha1],
        ],
      ]
      return [
        2008,
        [
          ['SIP-Number-Auth-Items', 1],
          ['SIP-Auth-Data-Item', [['SIP-Authentication-Scheme', 0], challenge]],
        ],
      ]
    }
    const ha2 = sha256(`${value('Digest-Method')}:${value('Digest-URI')}`)
    const middle = ['Digest-Nonce', 'Digest-Nonce-Count', 'Digest-CNonce', 'Digest-QoP'] as const
    const expected = sha256([ha1, ...middle.map(value), ha2].join(':'))
    return [expected === value('Digest-Response') ? 2001 : 1001, []]
  }

  #origin(): readonly AvpPair[] {
    return [
      ['Origin-Host', this.#setup.identity],
      ['Origin-Realm', this.#setup.realm],
    ]
  }
}

/** A profile: addresses-of-record, one a line. */
export function profileOf(type: string, aors: readonly string[]): AvpPair {
  return [
    'SIP-User-Data',
    [
      ['SIP-User-Data-Type', type],
      ['SIP-User-Data-Contents', Buffer.from(aors.join('\n'), 'latin1')],
    ],
  ]
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex')
}
