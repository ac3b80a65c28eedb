import { verifyServer } from '../../mechanisms/tls/identities.ts'
import { attack } from '../attack.ts'
import { shownCertificate } from '../tls/shown.ts'

/** The names in the certificate of the server, by the rules of SIP. */
export const tlsCertificateForAnotherName = attack({
  id: 'tls-certificate-for-another-name',
  entry: 'C17',
  title: 'stands between: the certificate does not name the SIP domain, so clients stopped checking',
  threats: ['no-pki', 'spoofing'],
  clause: '§3.2, TLS; §3.3, lack of PKI',
  references: ['RFC 5922 §7.1', 'RFC 5922 §7.2', 'RFC 5922 §7.3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 4,
  needs: ['tls'],
  expected:
    'The certificate names the SIP domain itself, as `URI:sip:domain` or `DNS:domain`, without wildcard.',
  mending: {
    aspis:
      'Its own certificate names every entry of `domains`; one that is given as `tls: certificate` must, too.',
    kamailio:
      'In tls.cfg: `certificate` whose subjectAltName holds the SIP domain; `server_name` for several.',
    opensips: 'tls_mgm: one `server_domain` for each SIP domain, with `match_sip_domain`.',
    asterisk: 'pjsip.conf, the transport: a `cert_file` whose subjectAltName holds the SIP domain.',
  },
  async run(trial) {
    const { domain } = trial.target
    const { certificate } = await shownCertificate(trial)
    const names = certificate.subjectAltName ?? certificate.subject ?? ''
    const refusal = verifyServer(certificate, domain, { acceptCommonName: true, acceptAnyKeyUsage: true })
    if (refusal === undefined) return trial.resisted(`it speaks for ${domain} (${names})`)
    return trial.succeeded(`it does not speak for ${domain}: ${refusal} (${names.slice(0, 200)})`)
  },
})
