import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import type { Saying } from '../saying.ts'

/** Words by which a server may take a stranger for a user who proved himself before, or elsewhere. */
const FORMS: Readonly<Record<string, (user: Agent) => Partial<Saying>>> = {
  'an asserted identity': ({ aor }) => ({ lines: [`P-Asserted-Identity: <${aor}>`] }),
  'a remote party id': ({ aor }) => ({
    lines: [`Remote-Party-ID: <${aor}>;party=calling;screen=yes`],
  }),
  'the words of a gateway': ({ aor, account }) => ({
    lines: [`X-Authenticated-User: ${account?.user ?? ''}`, `P-Served-User: <${aor}>`],
  }),
  'the Contact of his phone': ({ contact }) => ({ contact }),
}

/** The From of a user who is registered, with everything but his password. */
export const identityInsteadOfCredentials = attack({
  id: 'identity-instead-of-credentials',
  entry: 'D02',
  title: 'calls as a user without credentials, by asserted identities or the Contact of his phone',
  threats: ['spoofing', 'proxy-unsure-of-user', 'unauthenticated-requests'],
  clause: 'Table 1, row 4; §3.3, a proxy between cannot be sure of the user',
  references: ['RFC 3325 §5', 'RFC 3261 §22.3'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'What a stranger says of himself stands in for no credentials: he is challenged or refused.',
  mending: {
    aspis: 'On by default: such words are believed of trunks with `trusted: true` only.',
    kamailio:
      'Skip `proxy_authorize()` by `allow_source_address()` of the permissions module only, never by a header field.',
    opensips:
      'Skip `proxy_authorize()` by `check_source_address()` of the permissions module only, never by a header field.',
    asterisk: 'No `identify_by=header` for users; `trust_id_inbound=no`.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const passed: string[] = []
    const refused: string[] = []
    for (const [name, form] of Object.entries(FORMS)) {
      const attacker = await trial.stranger()
      const saying = { method: 'INVITE', uri: bob.aor, from: alice.aor, ...form(alice) }
      const { answer, request } = await reach(attacker, bob, saying, {
        isBare: true,
        withinMs: trial.silenceMs,
      })
      if (request === undefined) refused.push(`${name}: ${answered(answer)}`)
      else passed.push(name)
    }
    const counts = { tried: Object.keys(FORMS).length, rang: passed.length }
    if (passed.length > 0)
      return trial.succeeded(
        `the call rang as ${alice.aor} without credentials, by ${passed.join(', ')}`,
        counts,
      )
    return trial.resisted(`none of ${counts.tried} rang: ${refused.join('; ')}`, counts)
  },
})
