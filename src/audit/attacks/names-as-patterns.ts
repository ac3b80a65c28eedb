import { attack } from '../attack.ts'
import { BUSY, busyCallee } from '../probing.ts'
import { token } from '../saying.ts'

/** Names that are the callee's for somebody who reads patterns, filters or commands out of them. */
const PATTERNS: Readonly<Record<string, (user: string) => string>> = {
  'a star': user => `${user.slice(0, 1)}*${user.slice(-1)}`,
  'a star alone': () => '*',
  'a question mark': user => `${user.slice(0, -1)}?`,
  'a percent sign of SQL': user => `${user.slice(0, 1)}%25${user.slice(-1)}`,
  'an underline of SQL': user => `_${user.slice(1)}`,
  'a dot of regular expressions': user => `${user.slice(0, -1)}.`,
  'anything of regular expressions': user => `${user.slice(0, 1)}.*`,
  'a set of characters': user => `%5B${user.slice(0, 1)}%5D${user.slice(1)}`,
  'an LDAP filter closed and opened': user => `${user})(uid=*`,
  'an LDAP filter of another user': user => `zz)(%7C(uid=${user})`,
  'a line end and a command': user => `${user}%0d%0aGET%20x%0d%0a`,
  'a blank and a word': user => `${user}%20x`,
}

/** Names for directories, caches and databases that read more than a name. */
export const namesAsPatterns = attack({
  id: 'names-as-patterns',
  entry: 'B03',
  title: 'calls names that are patterns, filters of LDAP or commands of a cache',
  threats: ['sql-in-register', 'aaa-servers'],
  clause: '§3.1, SQL injection; §3.3, AAA servers',
  references: ['RFC 4515 §3', 'RFC 3261 §19.1.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 90,
  needs: ['two-accounts'],
  expected: 'They are names that nobody has, answered 404 or 400; the phone of the user does not ring.',
  mending: {
    aspis:
      'On by default: names are compared octet by octet, and never part of a command; nothing turns it off.',
    kamailio:
      'Escape what goes into `ldap_search()` by `ldap_filter_url_encode()`, and into Redis by arguments of `redis_cmd()`.',
    opensips:
      'Escape what goes into `ldap_search()` by `ldap_filter_url_encode()`, and give caches keys that begin with a word of yours.',
    asterisk: 'Match exact extensions in the dialplan, and pass what comes from outside through `FILTER()`.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await busyCallee(trial)]
    const user = bob.account?.user ?? ''
    const call = async (name: string): Promise<boolean> => {
      const callId = token()
      const uri = `sip:${name}@${trial.target.domain}`
      const { status } = await alice.askProved({ method: 'INVITE', uri, callId })
      return status === BUSY || bob.line.heard.some(heard => heard.callId === callId)
    }
    if (!(await call(user))) return trial.inconclusive('an honest call did not ring')
    const tried = Object.entries(PATTERNS)
    const fooled: string[] = []
    for (const [what, pattern] of tried) if (await call(pattern(user))) fooled.push(what)
    const counts = { tried: tried.length, rang: fooled.length }
    if (fooled.length > 0)
      return trial.succeeded(
        `${fooled.length} of ${tried.length} patterns rang the phone: ${fooled.join(', ')}`,
        counts,
      )
    return trial.resisted(`none of ${tried.length} patterns rang the phone of the user whom it fits`, counts)
  },
})
