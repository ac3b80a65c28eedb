import type { Target } from '../../src/audit/target.ts'
import type { WeakOptions } from '../../src/audit/weak/weak-server.ts'
import { AUDIT_DOMAIN } from './audit-targets.ts'
import { freePorts } from './sip-peer.ts'

/** What both servers are told of the machinery around them, and what the auditor is told of it. */
export interface Infrastructure {
  readonly lines: readonly string[]
  readonly given: Partial<Target>
  readonly weak: Partial<WeakOptions>
  remove(): Promise<void>
}

/** Name server, RADIUS and phones on ports of this machine. */
export async function infrastructure(): Promise<Infrastructure> {
  const [dns = 0] = await freePorts(1)
  const zone = { domain: 'zone.test', listen: `127.0.0.1:${dns}` }
  return {
    lines: [
      'tls: { client-certificates: ask }',
      `dns: { servers: ["${zone.listen}"], timeout: 500ms }`,
      'rules:',
      '  - { name: zone, from: own-users, to: other-domains, allow: true }',
    ],
    given: { zone, domain: AUDIT_DOMAIN },
    weak: { nameServer: zone.listen },
    remove: async () => {},
  }
}
