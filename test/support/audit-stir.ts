import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../src/audit/target.ts'
import { testFolder } from './edge-process.ts'
import { holder, startWeb } from './stir.ts'

const NEIGHBOUR_IP = '127.0.0.67'
const NUMBER = '15550100'

/** A neighbour that signs, as the auditor plays it, and the lines by which a server of ours takes its calls. */
export interface StirOfAudit {
  readonly lines: readonly string[]
  readonly stir: NonNullable<Target['stir']>
  close(): Promise<void>
}

/** Makes keys and certificates, and a web server that has them. */
export async function startStirOfAudit(): Promise<StirOfAudit> {
  const root = holder(undefined, { isAuthority: true })
  const signer = holder(root, { numbers: [NUMBER] })
  const web = await startWeb(holder(root, { addresses: ['127.0.0.1'] }), '127.0.0.1', (_, response) => {
    response.writeHead(200).end(signer.chain)
  })
  const roots = join(testFolder('audit-stir'), 'roots.pem')
  writeFileSync(roots, root.chain)
  return {
    lines: [
      `tls: { ca: ${roots} }`,
      `trunks: [{ name: m, uri: "sip:${NEIGHBOUR_IP}:5060", addresses: [${NEIGHBOUR_IP}], domains: [m.test] }]`,
      'insecure:',
      '  - { allow: trunk-without-tls, trunk: m, because: it is a test on loopback }',
      '  - { allow: private-certificates, hosts: [127.0.0.0/8], because: the web servers are on this machine }',
      `identity: { verify: demand, roots: ${roots} }`,
    ],
    stir: {
      key: signer.keyPem,
      certificate: signer.chain,
      url: `https://127.0.0.1:${web.port}/signer.pem`,
      number: NUMBER,
      domain: 'm.test',
      ip: NEIGHBOUR_IP,
    },
    close: web.close,
  }
}
