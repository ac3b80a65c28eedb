import { bracketed } from '../../base/flow.ts'
import type { DiameterConfig } from './diameter.ts'

/** `aaa: diameter` as it could be written. */
export function diameterSettings(diameter: DiameterConfig): Record<string, unknown> {
  const { ca, certificate, key, listen, profileType } = diameter
  return {
    identity: diameter.identity,
    realm: diameter.realm,
    'server-realm': diameter.serverRealm,
    'server-uri': diameter.serverUri,
    peers: diameter.peers.map(({ host, address, port, transport }) => ({
      host,
      address: `${bracketed(address)}:${port}`,
      transport,
    })),
    ...(listen === undefined ? {} : { listen: `${bracketed(listen.ip)}:${listen.port}` }),
    answer: `${diameter.answerMs}ms`,
    watchdog: `${diameter.watchdogMs}ms`,
    registrations: diameter.registrations,
    locate: diameter.locate,
    ...(profileType === undefined ? {} : { 'profile-type': profileType }),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  }
}

/** `aaa: diameter` in sentences, for `aspis check --explain`. */
export function explainDiameter(diameter: DiameterConfig): string[] {
  const peers = diameter.peers.map(
    ({ host, transport }) => `${host} by ${transport === 'tls' ? 'TLS' : 'TCP'}`,
  )
  return [
    `Diameter as ${diameter.identity}: ${peers.join('; then ')}`,
    ...(diameter.registrations ? ['peers are asked before, and told after, a user registers'] : []),
    ...(diameter.locate ? ['peers are asked where a user is who is not registered here'] : []),
  ]
}
