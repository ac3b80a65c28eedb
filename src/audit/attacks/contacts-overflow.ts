import { attack } from '../attack.ts'

/** Contacts that are tried, in all and in one REGISTER. */
const TRIED = 300
const EACH = 5

/** No user has so many phones. */
const TOO_MANY = 100

/** Contacts without end: each call of the user goes to all of them. */
export const contactsOverflow = attack({
  id: 'contacts-overflow',
  entry: 'F12',
  title: 'binds three hundred contacts to one address',
  threats: ['forking-amplification'],
  clause: '§3.1, forking proxies amplify traffic',
  references: ['RFC 3261 §10.3', 'RFC 5393 §7'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 200,
  needs: ['account'],
  expected: 'After a bound of contacts, ten or so, the REGISTER is refused.',
  mending: {
    aspis: 'On by default: `max-contacts` of `registrar` is 10.',
    kamailio: 'Set `max_contacts` of registrar: `modparam("registrar", "max_contacts", 10)`.',
    opensips: 'Set `max_contacts` of registrar: `modparam("registrar", "max_contacts", 10)`.',
    asterisk: 'Set `max_contacts` of each `aor`; the default, 0, takes none.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const { ip } = alice.line.local
    const user = alice.account?.user ?? 'user'
    const register = (lines: readonly string[]) =>
      alice.askProved({
        method: 'REGISTER',
        uri: `sip:${alice.domain}`,
        to: alice.aor,
        contact: false,
        lines,
      })
    trial.atEnd(() => register(['Contact: *', 'Expires: 0']))
    let refused = ''
    for (let from = 0; from < TRIED && refused === ''; from += EACH) {
      const contacts = Array.from({ length: EACH }, (_, at) => `<sip:${user}@${ip}:${20_000 + from + at}>`)
      const { final, status } = await register([`Contact: ${contacts.join(', ')}`, 'Expires: 120'])
      if (status !== 200) refused = final?.startLine ?? 'no answer'
    }
    const bound = (await alice.bindings())?.length
    if (bound === undefined) return trial.inconclusive('the user could not ask for its bindings')
    const counts = { tried: TRIED, bound }
    if (bound >= TOO_MANY)
      return trial.succeeded(`${bound} contacts were bound to one address: one call becomes as many`, counts)
    return trial.resisted(
      `${bound} contacts are bound to one address${refused === '' ? '' : `; more got ${refused}`}`,
      counts,
    )
  },
})
