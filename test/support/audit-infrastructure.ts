import type { Target } from '../../src/audit/target.ts'
import type { WeakOptions } from '../../src/audit/weak/weak-server.ts'
import { AUDIT_DOMAIN } from './audit-targets.ts'
import { freePorts } from './sip-peer.ts'

/** What both servers are told of the machinery around them, and what the auditor is told of it. */
export interface Infrastructure {
  readonly lines: readonly string[]
  readonly given: Partial<Target>
  readonly givenOfAspis: Partial<Target>
  readonly weak: Partial<WeakOptions>
  remove(): Promise<void>
}

/** Name server, RADIUS and phones on ports of this machine. */
export async function infrastructure(): Promise<Infrastructure> {
  const [dns = 0, tftpPort = 0, httpPort = 0, telnetPort = 0] = await freePorts(4)
  const zone = { domain: 'zone.test', listen: `127.0.0.1:${dns}` }
  return {
    lines: [
      'tls: { client-certificates: ask }',
      `dns: { servers: ["${zone.listen}"], timeout: 500ms }`,
      'rules:',
      '  - { name: zone, from: own-users, to: other-domains, allow: true }',
    ],
    given: { zone, domain: AUDIT_DOMAIN },
    // Nothing is there: a server of ours provisions nobody in clear.
    givenOfAspis: { phone: { host: '127.0.0.1', tftpPort, httpPort, telnetPort } },
    weak: { nameServer: zone.listen },
    remove: async () => {},
  }
}
