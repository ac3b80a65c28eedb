import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../src/audit/target.ts'
import type { WeakOptions } from '../../src/audit/weak/weak-server.ts'
import { TestAuthority } from './certificates.ts'
import { testFolder } from './edge-process.ts'
import { RADIUS_SECRET } from './freeradius.ts'
import { freePorts } from './sip-peer.ts'

const REALM = 'aaa.test'
/** A neighbour whose certificate the server trusts. */
const PARTNER = 'partner.test'
const PEER = `server.${REALM}`

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
  const [dns = 0, radiusPort = 0, diameterPort = 0, nobody = 0, ...phonePorts] = await freePorts(7)
  const [tftpPort = 0, httpPort = 0, telnetPort = 0] = phonePorts
  const zone = { domain: 'zone.test', listen: `127.0.0.1:${dns}` }
  const radius = { listen: `127.0.0.1:${radiusPort}`, secret: RADIUS_SECRET }
  process.env.ASPIS_TEST_RADIUS_SECRET = radius.secret
  const server = `{address: "${radius.listen}", secret: "\${ASPIS_TEST_RADIUS_SECRET}"}`
  const peer = `{host: ${PEER}, address: "127.0.0.1:${nobody}"}`
  const authority = new TestAuthority()
  const { keyPem, certificatePem } = authority.issue(PARTNER)
  const folder = testFolder('audit')
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, authority.certificatePem)
  return {
    lines: [
      `tls: { client-certificates: ask, ca: ${ca} }`,
      `trunks: [{ name: partner, uri: "sips:${PARTNER}", domains: [${PARTNER}] }]`,
      `dns: { servers: ["${zone.listen}"], timeout: 500ms }`,
      'aaa:',
      '  sources: [local, radius]',
      `  radius: {servers: [${server}], timeout: 400ms, tries: 1}`,
      `  diameter: {identity: edge.${REALM}, listen: "127.0.0.1:${diameterPort}", peers: [${peer}]}`,
      'rules:',
      '  - { name: zone, from: own-users, to: other-domains, allow: true }',
    ],
    given: {
      zone,
      radius,
      clientCertificate: { key: keyPem.reveal(), certificate: certificatePem, user: PARTNER },
    },
    // Nothing is there: a server of ours provisions nobody in clear.
    givenOfAspis: {
      phone: { host: '127.0.0.1', tftpPort, httpPort, telnetPort },
      diameter: { host: '127.0.0.1', port: diameterPort, realm: REALM, peer: PEER },
    },
    weak: { nameServer: zone.listen, radiusServer: radius.listen },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
