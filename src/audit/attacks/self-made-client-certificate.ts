import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { type SelfMade, selfMade } from '../tls/self-made.ts'
import { shownCertificate } from '../tls/shown.ts'
import { type Trial, Unable } from '../trial.ts'

/** Certificates that anybody can make, shown as the proof of being somebody. */
export const selfMadeClientCertificate = attack({
  id: 'self-made-client-certificate',
  entry: 'C17',
  title: 'calls as a user with a client certificate that no authority vouches for',
  threats: ['spoofing', 'no-pki'],
  clause: '§3.2, TLS; Table 1, row 4',
  references: ['RFC 5922 §7.4', 'RFC 5280 §6.1'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts', 'tls'],
  expected: 'The handshake fails, or the caller is asked for credentials as one without a certificate is.',
  mending: {
    aspis:
      'On by default: a client certificate counts only with a chain to `tls: ca`, and speaks for its domain only.',
    kamailio: 'In tls.cfg: `verify_certificate = yes`, `ca_list`; trust `$tls_peer_verified` only.',
    opensips: 'tls_mgm: `verify_cert`, `require_cert`, `ca_list`; trust `$tls_peer_verified` only.',
    asterisk: 'pjsip.conf, the transport: `verify_client=yes`, `require_client_cert=yes`, `ca_list_file`.',
  },
  async run(trial) {
    const bob = await trial.registered(1)
    const alice = trial.target.accounts[0]?.user ?? ''
    const { domain } = trial.target
    const { certificate } = await shownCertificate(trial)
    const issuer = /^CN=(.+)$/m.exec(certificate.issuer ?? '')?.[1] ?? domain
    const uris = [`sip:${domain}`, `sip:${alice}@${domain}`]
    const tries = [
      { says: 'signed by itself', made: selfMade({ subject: alice, uris, dnsNames: [domain] }) },
      {
        says: `of another authority with the name ${issuer}`,
        made: selfMade({ subject: domain, issuer, uris: [`sip:${domain}`], dnsNames: [domain] }),
      },
    ]
    const came: { says: string; rang: boolean; answer: string }[] = []
    for (const { says, made } of tries) came.push({ says, ...(await callWith(trial, made, bob, alice)) })
    const rang = came.filter(each => each.rang)
    const counts = { tried: came.length, rang: rang.length }
    const [first] = rang
    if (first !== undefined)
      return trial.succeeded(`a call as ${alice} rang, with a certificate ${first.says}`, counts)
    return trial.resisted(came.map(({ says, answer }) => `${says}: ${answer}`).join('; '), counts)
  },
})

async function callWith(
  trial: Trial,
  made: SelfMade,
  bob: Agent,
  user: string,
): Promise<{ rang: boolean; answer: string }> {
  const attacker = await trial.stranger({ transport: 'TLS', tls: made }).catch((error: unknown) => {
    if (error instanceof Unable) return undefined
    throw error
  })
  if (attacker === undefined) return { rang: false, answer: 'no handshake' }
  const from = `sip:${user}@${trial.target.domain}`
  const asked = attacker.ask({ method: 'INVITE', uri: bob.aor, from })
  const invite = await bob.request('INVITE', trial.silenceMs)
  if (invite !== undefined) bob.respond(invite, 486)
  const { final } = await asked
  return { rang: invite !== undefined, answer: final?.startLine ?? 'silence' }
}
