import { type EdgeProcess, startEdgeProcess, type TestUser } from './edge-process.ts'
import { DOMAIN } from './raw-ua.ts'
import { freePorts } from './sip-peer.ts'

/** A server on loopback, as users run it, with accounts that the tests know. */
export interface FindingsEdge {
  readonly edge: EdgeProcess
  /** Of SIP over UDP and TCP, on 127.0.0.1. */
  readonly port: number
}

/** @param more lines of configuration */
export async function startFindingsEdge(
  users: readonly TestUser[],
  more: readonly string[] = [],
): Promise<FindingsEdge> {
  const [port = 0, adminPort = 0] = await freePorts(2)
  const edge = await startEdgeProcess({
    domain: DOMAIN,
    users,
    adminPort,
    yaml: [
      `domains: [${DOMAIN}]`,
      `listen: [udp://127.0.0.1:${port}, tcp://127.0.0.1:${port}]`,
      'log: { format: json }',
      ...more,
    ].join('\n'),
  })
  return { edge, port }
}
