import { resolve } from 'node:path'
import type { AaaSurroundings } from './aaa.ts'
import type { ConfigPath } from './problem.ts'
import type { ConfigReader } from './read.ts'
import type { DiameterObject, DiameterPeerObject } from './settings-diameter.ts'

/** One Diameter peer. */
export interface DiameterPeerConfig {
  /** Its Diameter identity; logs and metrics call it so. */
  readonly host: string
  readonly address: string
  readonly port: number
  readonly transport: 'tls' | 'tcp'
}

/** Diameter: who is asked, and what about. */
export interface DiameterConfig {
  readonly identity: string
  readonly realm: string
  readonly serverRealm: string
  readonly serverUri: string
  readonly peers: readonly DiameterPeerConfig[]
  readonly listen?: { readonly ip: string; readonly port: number }
  readonly answerMs: number
  readonly watchdogMs: number
  readonly registrations: boolean
  readonly locate: boolean
  readonly profileType?: string
  readonly ca?: string
  readonly certificate?: string
  readonly key?: string
}

type Written = ReturnType<typeof DiameterObject.parse>
type WrittenPeer = ReturnType<typeof DiameterPeerObject.parse>

/** Completes and checks `aaa: diameter`; mistakes go to the reader. */
export function readDiameter(
  reader: ConfigReader,
  written: Written,
  around: AaaSurroundings,
): DiameterConfig {
  const path = ['aaa', 'diameter']
  const { identity } = written
  if ((written.certificate === undefined) !== (written.key === undefined))
    reader.error(path, 'certificate and key go together')
  const peers = written.peers.map((peer, index) => readPeer(reader, peer, [...path, 'peers', index], around))
  for (const [index, { host }] of peers.entries()) {
    if (peers.findIndex(each => each.host === host) !== index)
      reader.error([...path, 'peers', index, 'host'], `"${host}" stands twice`)
    if (host === identity) reader.error([...path, 'peers', index, 'host'], `"${host}" is our own identity`)
  }
  const { listen } = written
  const isPlain = peers.every(({ transport }) => transport === 'tcp')
  const isSaid = around.insecure.some(({ value }) => value.allow === 'diameter-without-tls')
  if (listen !== undefined && isPlain && !isLoopback(listen.ip) && !isSaid)
    reader.error(
      [...path, 'listen'],
      'no peer has TLS, so that anybody could pose as one; listen on 127.0.0.1, or reach a peer by TLS',
    )
  const realm = written.realm ?? identity.slice(identity.indexOf('.') + 1)
  const file = (name: 'ca' | 'certificate' | 'key'): { readonly [name]?: string } => {
    const value = written[name]
    return value === undefined ? {} : { [name]: resolve(around.folder, value) }
  }
  return {
    identity,
    realm,
    serverRealm: written['server-realm'] ?? realm,
    serverUri: written['server-uri'] ?? `sip:${around.firstDomain}`,
    peers,
    ...(listen === undefined ? {} : { listen }),
    answerMs: written.answer,
    watchdogMs: written.watchdog,
    registrations: written.registrations,
    locate: written.locate,
    ...(written['profile-type'] === undefined ? {} : { profileType: written['profile-type'] }),
    ...file('ca'),
    ...file('certificate'),
    ...file('key'),
  }
}

function readPeer(
  reader: ConfigReader,
  written: WrittenPeer,
  path: ConfigPath,
  { insecure }: AaaSurroundings,
): DiameterPeerConfig {
  const { host } = written
  const address = written.address?.host ?? host
  const transport = written.transport ?? (isLoopback(address) ? 'tcp' : 'tls')
  const isAllowed = insecure.some(
    ({ value }) => value.allow === 'diameter-without-tls' && value.server === host,
  )
  if (transport === 'tcp' && !isLoopback(address) && !isAllowed) {
    const how = `write transport: tls, or under insecure: {allow: diameter-without-tls, server: "${host}", because: …}`
    reader.error([...path, 'transport'], `TCP beyond this machine is in the clear; ${how}`)
  }
  return { host, address, port: written.address?.port ?? (transport === 'tls' ? 5868 : 3868), transport }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
