import { attack } from '../attack.ts'
import { forgeResponses } from '../forged-response.ts'
import { hostPort } from '../line/place.ts'

/** 301 and 302 for somebody else's call: the caller, or the server, goes where they say. */
export const forgedRedirect = attack({
  id: 'forged-redirect',
  entry: 'E06',
  title: "leads somebody else's call away with a forged 301 or 302",
  threats: ['spoofing'],
  clause: '§3.1, hijacking',
  references: ['RFC 3261 §8.1.3.4', 'RFC 3261 §17.1.3'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts', 'addresses'],
  expected: 'A redirection is taken only from where the request went.',
  mending: {
    aspis: 'On by default: a response must come from the address that its request was sent to.',
    kamailio:
      'Note where requests go in `onsend_route` (`$sht(went=>$ci::$sndto(ip)) = 1` of htable), and `drop` in the nameless `onreply_route` what comes from elsewhere; bound `get_redirects()` by `set_deny_filter()` of uac_redirect.',
    opensips:
      'Note where branches go by Call-ID (`cache_store("local", …)` in `branch_route`), and `drop` in the nameless `onreply_route` what comes from another `$si`; bound `get_redirects()` by `set_deny_filter()` of uac_redirect.',
    asterisk:
      'Set `redirect_method=user` on endpoints, so that only extensions of the dialplan are followed; use TLS.',
  },
  async run(trial) {
    const thief = await trial.trap('thief')
    const contact = `sip:taken@${hostPort(thief.at)}`
    const forgeries = [302, 301].map(status => ({ status, more: { contact } }))
    const outcome = await forgeResponses(trial, 'forged redirections', forgeries, 'sip:taken@')
    if (thief.requests.length === 0) return outcome
    return trial.succeeded('the server called the address that a forged redirection named')
  },
})
