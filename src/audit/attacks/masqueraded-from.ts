import { attack } from '../attack.ts'

/** An INVITE with the From of a user, by somebody without an account. */
export const masqueradedFrom = attack({
  id: 'masqueraded-from',
  entry: 'D01',
  title: "calls with somebody else's From and no credentials",
  threats: ['spoofing'],
  clause: 'Table 1, row 4; §3.3, username and URI',
  references: ['RFC 3261 §22.1', 'RFC 3261 §26.1.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A From of the own domain is asked for proof: 401, 407 or 403.',
  mending: {
    aspis: 'On by default: a From of an own domain needs credentials of that user.',
    kamailio:
      'With `WITH_AUTH`: `if (from_uri == myself) { if (!proxy_authorize(…)) … }`, then compare `$au` with `$fU`.',
    opensips:
      '`if (is_myself("$fd")) { if (!proxy_authorize(…)) … }`, then compare `$au` with `$fU`, or call `db_is_from_authorized("uri")` of auth_db.',
    asterisk:
      'Leave no `anonymous` endpoint, give every endpoint an `auth`, and know trunks by `identify` sections.',
  },
  async run(trial) {
    const bob = await trial.registered(1)
    const attacker = await trial.stranger()
    const victim = trial.target.accounts[0]
    const from = `sip:${victim?.user ?? ''}@${trial.target.domain}`
    const asked = attacker.ask({ method: 'INVITE', uri: bob.aor, from })
    const invite = await bob.request('INVITE', trial.silenceMs)
    if (invite !== undefined) bob.respond(invite, 486)
    const { final } = await asked
    if (invite !== undefined)
      return trial.succeeded(
        `the call rang with From <${invite.uri('From')}>, and nobody had asked for credentials`,
      )
    return trial.resisted(`it was answered ${final?.startLine ?? 'by silence'}, and rang nowhere`)
  },
})
