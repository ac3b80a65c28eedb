import { attack } from '../attack.ts'
import { shownCertificate } from '../tls/shown.ts'

/** Found in certificates that no authority would have to be asked about. */
const PLAIN_FAULTS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is signed by itself'],
])

/** The certificate of the server, as a client sees it that checks. */
export const tlsCertificateNotTrusted = attack({
  id: 'tls-certificate-not-trusted',
  entry: 'C17',
  title: 'stands between: the certificate is expired, self-signed or incomplete, so clients stopped checking',
  threats: ['no-pki', 'eavesdropping'],
  clause: '§3.2, TLS; §3.3, lack of PKI',
  references: ['RFC 5922 §7.3', 'RFC 5280 §6.1', 'RFC 3261 §26.3.2.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 4,
  needs: ['tls'],
  expected: 'The certificate is valid today, and its chain ends at an authority that clients know.',
  mending: {
    aspis:
      'Its own authority renews in time; `tls: certificate` and `tls: key` take one of a public authority, with its chain.',
    kamailio: 'In tls.cfg: `certificate` with the whole chain, `private_key`; renew before the end.',
    opensips: 'tls_mgm: `certificate` with the whole chain, `private_key`; renew before the end.',
    asterisk: 'pjsip.conf, the transport: `cert_file` with the whole chain, `priv_key_file`.',
  },
  async run(trial) {
    const { certificate, problem } = await shownCertificate(trial)
    const until = certificate.validTo
    if (problem === undefined)
      return trial.resisted(`its chain ends at a known authority; it is valid until ${until}`)
    const plain = PLAIN_FAULTS.get(problem)
    if (plain !== undefined)
      return trial.succeeded(`no client that checks can trust it: ${plain} (valid until ${until})`)
    if (trial.target.ca === undefined)
      return trial.inconclusive(
        `its authority is none that the system knows (${problem}); give the authority's certificate as \`ca\``,
      )
    return trial.succeeded(`the given authority does not vouch for it (${problem})`)
  },
})
