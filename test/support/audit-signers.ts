import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../src/audit/target.ts'
import { AUDIT_ACCOUNTS, AUDIT_DOMAIN } from './audit-targets.ts'
import { testFolder } from './edge-process.ts'
import { holder, startWeb } from './stir.ts'
import { UserAuthorityOfTests } from './user-certificates.ts'

const NEIGHBOUR_IP = '127.0.0.67'
const NUMBER = '15550100'

/** A neighbour and a user who sign, as the auditor plays them, and the lines by which a server of ours trusts them. */
export interface SignersOfAudit {
  readonly lines: readonly string[]
  readonly given: Pick<Target, 'stir' | 'smime'>
  close(): Promise<void>
}

/** Makes keys and certificates, and a web server that has them. */
export async function startSignersOfAudit(): Promise<SignersOfAudit> {
  const root = holder(undefined, { isAuthority: true })
  const signer = holder(root, { numbers: [NUMBER] })
  const web = await startWeb(holder(root, { addresses: ['127.0.0.1'] }), '127.0.0.1', (_, response) => {
    response.writeHead(200).end(signer.chain)
  })
  const folder = testFolder('audit-signers')
  const roots = join(folder, 'roots.pem')
  writeFileSync(roots, root.chain)
  const authority = new UserAuthorityOfTests(Date.now(), [AUDIT_DOMAIN])
  const authorityFile = join(folder, 'users.pem')
  writeFileSync(authorityFile, authority.certificate.toString())
  const aor = `sip:${AUDIT_ACCOUNTS[0]?.user ?? ''}@${AUDIT_DOMAIN}`
  const user = authority.user(aor)
  return {
    lines: [
      `tls: { ca: ${roots} }`,
      `trunks: [{ name: m, uri: "sip:${NEIGHBOUR_IP}:5060", addresses: [${NEIGHBOUR_IP}], domains: [m.test] }]`,
      'insecure:',
      '  - { allow: trunk-without-tls, trunk: m, because: it is a test on loopback }',
      '  - { allow: private-certificates, hosts: [127.0.0.0/8], because: the web servers are on this machine }',
      `identity: { verify: demand, roots: ${roots} }`,
      `refer: { authorities: [{ certificate: ${authorityFile}, domains: [${AUDIT_DOMAIN}] }] }`,
    ],
    given: {
      stir: {
        key: signer.keyPem,
        certificate: signer.chain,
        url: `https://127.0.0.1:${web.port}/signer.pem`,
        number: NUMBER,
        domain: 'm.test',
        ip: NEIGHBOUR_IP,
      },
      smime: { key: user.keyPem, certificate: user.certificatePem, aor },
    },
    close: web.close,
  }
}
