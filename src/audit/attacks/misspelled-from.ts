import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { type Saying, token } from '../saying.ts'

/** Spellings of one user that a comparison of text lets pass as somebody from elsewhere. */
function spellings(user: string, domain: string, at: string): readonly string[] {
  const [first = ''] = user
  const escaped = `%${first.charCodeAt(0).toString(16)}${user.slice(1)}`
  return [
    `<sip:${user}@${domain.toUpperCase()}>`,
    `<sip:${escaped}@${domain}>`,
    `<SIP:${user}@${domain}>`,
    `<sips:${user}@${domain}>`,
    `<sip:${user}:secret@${domain}>`,
    `<sip:${user}@${domain}:5060;transport=udp>`,
    `<sip:${user}@${at}>`,
    `"Nobody, <sip:nobody@elsewhere.invalid>" <sip:${user}@${domain};method=INVITE>`,
    `sip:${user}@${domain}`,
    ...(/^\+?\d+$/.test(user) ? [`<tel:${user}>`] : []),
  ]
}

/** The From of a user written otherwise, by somebody without an account. */
export const misspelledFrom = attack({
  id: 'misspelled-from',
  entry: 'D01',
  title: "calls with a user's From in other spellings and no credentials",
  threats: ['spoofing', 'user-name-not-tied-to-uri'],
  clause: 'Table 1, row 4; §3.3, username and URI',
  references: ['RFC 3261 §19.1.4', 'RFC 3261 §22.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'Every spelling of a user of the own domain is asked for the proof of that user.',
  mending: {
    aspis: 'On by default: addresses are compared as RFC 3261 §19.1.4 says, after their escapes are read.',
    kamailio:
      'Ask for proof where `from_uri == myself`, with every name and address in `alias`, and compare `$(fU{s.unescape.user})` with `$au`.',
    opensips:
      'Ask for proof where `is_myself("$fd")`, with every name and address in `alias`, and compare `$au` with `$(fU{s.unescape.user})`.',
    asterisk: 'Leave no `anonymous` endpoint, and list other names of the domain in `domain_alias` sections.',
  },
  async run(trial) {
    const { accounts, domain, ip, ports } = trial.target
    const bob = await trial.registered(1)
    const forms = spellings(
      accounts[0]?.user ?? '',
      domain,
      hostPort({ ip, port: ports.UDP ?? ports.TCP ?? 5_060 }),
    )
    let isOpen = true
    const rang = new Set<string>()
    const watching = (async () => {
      for (;;) {
        const invite = await bob.line.next(
          heard => isOpen && heard.method === 'INVITE',
          trial.answerMs + trial.silenceMs,
        )
        if (invite === undefined) return
        rang.add(invite.header('From').replace(/;tag=.*/, ''))
        bob.respond(invite, 486)
      }
    })()
    const answers = await Promise.all(
      forms.map(async form => {
        const attacker = await trial.stranger()
        const saying: Saying = { method: 'INVITE', uri: bob.aor }
        const text = attacker.text(saying).replace(/^From: .*$/m, `From: ${form};tag=${token()}`)
        return attacker.ask(text, trial.silenceMs)
      }),
    )
    isOpen = false
    void watching
    const counts = { tried: forms.length, rang: rang.size }
    if (rang.size > 0) {
      const [example = ''] = rang
      return trial.succeeded(`${rang.size} of ${forms.length} spellings rang, ${example} among them`, counts)
    }
    const asked = answers.filter(({ status }) => status === 401 || status === 407).length
    const silent = answers.filter(({ final }) => final === undefined).length
    const others = forms.length - asked - silent
    return trial.resisted(
      `none of ${forms.length} spellings rang: ${asked} were asked for credentials, ${others} refused otherwise, ${silent} met silence`,
      counts,
    )
  },
})
