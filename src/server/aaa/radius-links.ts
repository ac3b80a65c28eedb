import { randomBytes } from 'node:crypto'
import type { Deadlines } from '../../base/deadlines.ts'
import { Secret } from '../../base/secret.ts'
import {
  lengthSaid,
  MAX_PACKET_OCTETS,
  RadiusClient,
  type RadiusServer,
} from '../../mechanisms/aaa/radius/index.ts'
import type { RadiusLink, RadiusLinkEvents } from '../../net/radius-link.ts'
import { radiusTls } from '../../net/radius-tls.ts'
import { radiusUdp } from '../../net/radius-udp.ts'
import type { RadiusConfig, RadiusServerConfig } from '../config/aaa.ts'
import type { AaaEvents } from './events.ts'
import { readSharedSecret } from './secret-place.ts'

/** Certificate and authorities of RADIUS over TLS. */
export interface RadiusCredentials {
  readonly authoritiesPem: readonly string[]
  readonly certificatePem: string
  readonly keyPem: Secret
}

/** What RADIUS clients stand on. */
export interface RadiusGround {
  readonly deadlines: Deadlines
  readonly nowMs: () => number
  readonly environment: NodeJS.ProcessEnv
  /** Asked for when a server is reached by TLS. */
  readonly credentials: () => RadiusCredentials
  readonly events: Pick<AaaEvents, 'ignored' | 'linkFailed' | 'sent' | 'serverChanged'>
}

/** A client with its sockets. */
export interface ConnectedRadius {
  readonly client: RadiusClient
  serversUp(): readonly (readonly [string, number])[]
  close(): void
}

/** Source ports or connections to one server: 4,096 questions at a time. */
const MAX_LANES = 16

/** RFC 6614 §2.3: what keeps the packets safe is TLS. */
const RADSEC_SECRET = new Secret('radsec')

/**
 * Makes a client for a list of servers, and their sockets as they are needed.
 * @throws AspisError when a secret cannot be read
 */
export function connectRadius(
  config: RadiusConfig,
  servers: readonly RadiusServerConfig[],
  ground: RadiusGround,
): ConnectedRadius {
  const { events, deadlines, nowMs, environment } = ground
  const facts: readonly RadiusServer[] = servers.map(server => ({
    label: server.label,
    secret: server.secret === undefined ? RADSEC_SECRET : readSharedSecret(server.secret, environment),
    demandsMessageAuthenticator: server.demandsMessageAuthenticator,
    isStream: server.transport === 'tls',
  }))
  const labelOf = (server: number): string => servers[server]?.label ?? ''
  const links: RadiusLink[] = []
  const client = new RadiusClient(
    {
      servers: facts,
      nasIdentifier: config.nasIdentifier,
      timeoutMs: config.timeoutMs,
      tries: config.tries,
      giveUpMs: config.giveUpMs,
      probeMs: config.probeMs,
      statusServer: config.statusServer,
      maxLanes: MAX_LANES,
    },
    {
      deadlines,
      nowMs,
      random: octets => randomBytes(octets),
      jitter: () => Math.random(),
      send: (server, lane, packet) => links[server]?.send(lane, packet),
      ignored: (server, why) => events.ignored(labelOf(server), why),
      sent: (_server, isAgain) => events.sent(isAgain),
      changed: (server, isUp) => events.serverChanged(labelOf(server), isUp),
    },
  )
  for (const [number, server] of servers.entries()) {
    links.push(
      linkTo(server, ground, {
        received: (lane, packet) => client.receive(number, lane, packet),
        failed: (lane, why) => {
          events.linkFailed(labelOf(number), why)
          client.laneFailed(number, lane)
        },
      }),
    )
  }
  return {
    client,
    serversUp: () => servers.map(({ label }, number) => [label, client.isUp(number) ? 1 : 0] as const),
    close: () => {
      client.close()
      for (const link of links) link.close()
    },
  }
}

function linkTo(server: RadiusServerConfig, ground: RadiusGround, events: RadiusLinkEvents): RadiusLink {
  const { host, port, transport, certificateName } = server
  if (transport === 'udp') return radiusUdp(host, port, events)
  const options = { ...ground.credentials(), host, port, certificateName }
  return radiusTls({ ...options, lengthOf: lengthSaid, maxPacketOctets: MAX_PACKET_OCTETS }, events)
}
