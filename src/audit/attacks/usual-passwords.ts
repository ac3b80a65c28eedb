import { attack } from '../attack.ts'
import { credentials } from '../digest.ts'
import type { Trial } from '../trial.ts'

/** Accounts that are there when nobody removed them. */
const USUAL_ACCOUNTS = ['admin:admin', 'test:test', 'guest:guest', '100:100', '1000:1000', '1001:1234']

/** Passwords equal or near to the name, and the commonest of all, tried once each. */
export const usualPasswords = attack({
  id: 'usual-passwords',
  entry: 'C16',
  title: 'logs in with passwords that everybody tries first',
  threats: ['password-guessing', 'phone-vulnerabilities'],
  clause: 'Table 1, row 7; §3.3, brute force',
  references: ['RFC 7616 §5.8', 'RFC 3261 §22.4'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 60,
  needs: [],
  expected: 'No account has its name, a usual word or a short number for a password.',
  mending: {
    aspis: 'On by default: `aspis user add` refuses such passwords, unless `--allow-trivial` is said.',
    kamailio: 'Give out passwords of chance (`kamctl passwd`), and look through `subscriber` for others.',
    opensips:
      'Give out passwords of chance (`opensips-cli -x user password`), and look through `subscriber` for others.',
    asterisk:
      'Give out passwords of chance in the `auth` sections of pjsip.conf, and remove the accounts of samples.',
  },
  async run(trial) {
    const { knownUser = '' } = trial.target
    const known = [knownUser, `${knownUser}123`, '1234', '123456', 'password'].map(
      password => `${knownUser}:${password}`,
    )
    const pairs = [...(knownUser === '' ? [] : known), ...USUAL_ACCOUNTS]
    const tried = await Promise.all(pairs.map(pair => login(trial, pair)))
    const open = pairs.filter((_, at) => tried[at] === 200)
    const refused = tried.filter(status => status >= 400 && status < 500).length
    const counts = { tried: pairs.length, refused, open: open.length }
    if (open.length > 0) {
      const [name = ''] = (open[0] ?? '').split(':')
      return trial.succeeded(
        `${open.length} of ${pairs.length} pairs of a name and a usual password were taken, the first for ${name}`,
        counts,
      )
    }
    if (refused < pairs.length / 2)
      return trial.inconclusive(`only ${refused} of ${pairs.length} pairs were refused or taken`, counts)
    return trial.resisted(
      `${refused} of ${pairs.length} pairs of a name and a usual password were refused`,
      counts,
    )
  },
})

/** Asks for the bindings of a user from an address of its own, which changes nothing. @returns the last status */
async function login(trial: Trial, pair: string): Promise<number> {
  const cut = pair.indexOf(':')
  const [user, password] = [pair.slice(0, cut), pair.slice(cut + 1)]
  const attacker = await trial.stranger()
  const [uri, aor] = [`sip:${trial.target.domain}`, `sip:${user}@${trial.target.domain}`]
  const asked = { method: 'REGISTER', uri, from: aor, to: aor, contact: false, fromTag: 'a' } as const
  const first = await attacker.ask(asked)
  const challenge = first.final === undefined ? undefined : attacker.challenge(first.final)
  if (challenge === undefined) return first.status
  const proof = credentials(challenge, { user, password, method: 'REGISTER', uri })
  return (await attacker.ask({ ...asked, cseq: 2, lines: [proof] })).status
}
