import { attack } from '../attack.ts'
import { BUSY, busyCallee } from '../probing.ts'
import { token } from '../saying.ts'

/** Other names than that of the callee, which a careless reader makes the same. */
const DISGUISES: Readonly<Record<string, (user: string) => string>> = {
  'an escaped NUL behind it': user => `${user}%00`,
  'an escaped NUL and more behind it': user => `${user}%00x`,
  'an escaped line end behind it': user => `${user}%0d%0ax`,
  'an escaped LF behind it': user => `${user}%0a`,
  'an escaped blank behind it': user => `${user}%20`,
  'an escaped blank before it': user => `%20${user}`,
  'an escape escaped': user => `%25${user.charCodeAt(0).toString(16)}${user.slice(1)}`,
  'an overlong code of its first letter': user => `${overlong(user)}${user.slice(1)}`,
  'a wide letter for its first': user => `${wide(user)}${user.slice(1)}`,
  'an invisible letter in it': user => `${user.slice(0, 1)}%E2%80%8B${user.slice(1)}`,
}

/** Two octets where UTF-8 knows one (RFC 3629 §3). */
function overlong(user: string): string {
  const code = user.charCodeAt(0)
  return `%${(0xc0 | (code >> 6)).toString(16)}%${(0x80 | (code & 0x3f)).toString(16)}`
}

/** The full-width form of its first character (Unicode TR 15: compatible, and another). */
function wide(user: string): string {
  return encodeURIComponent(String.fromCharCode(user.charCodeAt(0) + 0xfee0))
}

/** A name that is another one, and is taken for the callee's. */
export const namesCutShort = attack({
  id: 'names-cut-short',
  entry: 'P08',
  title: 'calls names that are those of a user but for a NUL, a line end or an odd code',
  threats: ['message-tampering', 'spoofing'],
  clause: 'Table 1, row 5; §3.1, malformed messages',
  references: ['RFC 3261 §19.1.4', 'RFC 4475 §3.1.1.4', 'RFC 3629 §3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['two-accounts'],
  expected: 'They are other names, answered 404 or 400; the phone of the user does not ring.',
  mending: {
    aspis: 'On by default: names are unescaped once and compared octet by octet; nothing turns it off.',
    kamailio:
      'Refuse them first: `if ($rU =~ "%0|%20|%25|%C|%E") { sl_send_reply("400", "Bad User"); exit; }`.',
    opensips:
      'Refuse them first: `if ($rU =~ "%0|%20|%25|%C|%E") { sl_send_reply(400, "Bad User"); exit; }`.',
    asterisk: 'Match exact extensions in the dialplan, and pass what comes from outside through `FILTER()`.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await busyCallee(trial)]
    const user = bob.account?.user ?? ''
    const call = async (name: string): Promise<boolean> => {
      const callId = token()
      const { status } = await alice.askProved({
        method: 'INVITE',
        uri: `sip:${name}@${trial.target.domain}`,
        callId,
      })
      return status === BUSY || bob.line.heard.some(heard => heard.callId === callId)
    }
    if (!(await call(user))) return trial.inconclusive('an honest call did not ring')
    const fooled: string[] = []
    const tried = Object.entries(DISGUISES)
    for (const [what, disguise] of tried) if (await call(disguise(user))) fooled.push(what)
    const counts = { tried: tried.length, rang: fooled.length }
    if (fooled.length > 0)
      return trial.succeeded(
        `${fooled.length} of ${tried.length} other names rang the phone: ${fooled.join(', ')}`,
        counts,
      )
    return trial.resisted(
      `none of ${tried.length} names that look like his rang the phone of the user`,
      counts,
    )
  },
})
