import { attack } from '../attack.ts'

/** A genuine client certificate, used to call as somebody else. */
export const clientCertificateOfAnother = attack({
  id: 'client-certificate-of-another',
  entry: 'C17',
  title: 'calls as another user with a client certificate of its own',
  threats: ['spoofing', 'user-name-not-tied-to-uri'],
  clause: '§3.2, TLS; §3.3, username and URI',
  references: ['RFC 5922 §7.4', 'RFC 3261 §26.3.2.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts', 'tls', 'client-certificate'],
  expected: 'A certificate proves its own name; a From of somebody else is asked for credentials or refused.',
  mending: {
    aspis: 'On by default: a certificate speaks for the domains in it, and users prove themselves by digest.',
    kamailio:
      'Compare `$tls_peer_subject_cn` or the subjectAltName with `$fu` before trusting a certificate.',
    opensips:
      'Compare `$tls_peer_subject_cn` or the subjectAltName with `$fu` before trusting a certificate.',
    asterisk: 'PJSIP takes no user from a certificate: keep `auth` on every endpoint.',
  },
  async run(trial) {
    const { clientCertificate, accounts, domain } = trial.target
    if (clientCertificate === undefined) return trial.skipped('needs a client certificate of a user')
    const { key, certificate: cert, user } = clientCertificate
    const [caller, callee] = accounts.flatMap((each, at) => (each.user === user ? [] : [{ ...each, at }]))
    if (caller === undefined || callee === undefined)
      return trial.skipped('needs two accounts that are not the one of the certificate')
    const victim = await trial.registered(callee.at)
    const attacker = await trial.stranger({ transport: 'TLS', tls: { key, cert } })
    const asked = attacker.ask({ method: 'INVITE', uri: victim.aor, from: `sip:${caller.user}@${domain}` })
    const invite = await victim.request('INVITE', trial.silenceMs)
    if (invite !== undefined) victim.respond(invite, 486)
    const { final } = await asked
    if (invite !== undefined)
      return trial.succeeded(`with the certificate of ${user} a call rang From <${invite.uri('From')}>`)
    return trial.resisted(
      `as ${caller.user} it was answered ${final?.startLine ?? 'by silence'}, and rang nowhere`,
    )
  },
})
