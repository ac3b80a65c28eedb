import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Account, Target } from '../../src/audit/target.ts'
import { startWeakServer, type WeakOptions, type WeakServer } from '../../src/audit/weak/weak-server.ts'
import { pkiFiles } from '../../src/server/pki/authority.ts'
import { type EdgeProcess, startEdgeProcess } from './edge-process.ts'
import { freePorts } from './sip-peer.ts'

export const AUDIT_DOMAIN = 'example.test'

/** Accounts that the auditor has at every server of the tests: three that call, and those whose passwords are guessed. */
const AUDIT_USERS = ['alice', 'bob', 'carol', 'erin', 'frank', 'grace', 'heidi', 'ivan']
export const AUDIT_ACCOUNTS: readonly Account[] = AUDIT_USERS.map(user => ({
  user,
  password: `the password of ${user}`,
}))

/** A user of the servers who is none of the auditor's. */
export const KNOWN_USER = 'dave'

/** A server of ours as its users run it, and what an auditor is told about it. */
export interface AspisTarget {
  readonly edge: EdgeProcess
  readonly target: Target
}

/** @param more lines of configuration */
export async function startAspisTarget(more: readonly string[] = []): Promise<AspisTarget> {
  const [port = 0, tls = 0, ws = 0, wss = 0, adminPort = 0] = await freePorts(5)
  const users = [...AUDIT_ACCOUNTS, { user: KNOWN_USER, password: 'nobody guesses this one' }]
  const edge = await startEdgeProcess({
    domain: AUDIT_DOMAIN,
    users: users.map(({ user, password }) => ({ name: user, password })),
    adminPort,
    yaml: [
      `domains: [${AUDIT_DOMAIN}]`,
      'listen:',
      ...[`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`, `tls://127.0.0.1:${tls}`].map(
        each => `  - ${each}`,
      ),
      ...[`ws://127.0.0.1:${ws}`, `wss://127.0.0.1:${wss}`].map(each => `  - ${each}`),
      'log: { format: json }',
      ...more,
    ].join('\n'),
  })
  const target: Target = {
    ip: '127.0.0.1',
    domain: AUDIT_DOMAIN,
    ports: { UDP: port, TCP: port, TLS: tls, WS: ws, WSS: wss },
    accounts: AUDIT_ACCOUNTS,
    knownUser: KNOWN_USER,
    ca: readFileSync(pkiFiles(join(edge.folder, 'data')).authorityCertificate, 'utf8'),
    admin: `http://127.0.0.1:${adminPort}`,
  }
  return { edge, target }
}

/** The deliberately weak server with the same users. @param more what it is started with besides */
export function startWeakTarget(more: Partial<WeakOptions> = {}): Promise<WeakServer> {
  return startWeakServer({
    domain: AUDIT_DOMAIN,
    accounts: AUDIT_ACCOUNTS,
    knownUser: KNOWN_USER,
    ...more,
  })
}
