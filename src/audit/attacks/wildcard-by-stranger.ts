import { attack } from '../attack.ts'
import { answersTo, registersFor, standsAfter } from '../taking-over.ts'

/** `Contact: *` of one who has no account. */
export const wildcardByStranger = attack({
  id: 'wildcard-by-stranger',
  entry: 'E10',
  title: 'removes every contact of a user with `Contact: *`, without credentials',
  threats: ['registration-hijack'],
  clause: '§3.1, hijacking',
  references: ['RFC 3261 §10.2.2', 'RFC 3261 §10.3'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account'],
  expected: 'A REGISTER without credentials removes nothing, with or without a To tag.',
  mending: {
    aspis: 'On by default: REGISTER needs fresh credentials of its own user, whatever its tags say.',
    kamailio:
      'Challenge REGISTER in every route (`auth_check("$fd", "subscriber", "1")`), also when it carries a To tag.',
    opensips:
      'Challenge every REGISTER: `if (!www_authorize("", "subscriber")) { www_challenge("", "auth"); exit; }`, then compare `$au` with `$tU`.',
    asterisk: 'Give each `aor` an `endpoint` with `auth`, and take `anonymous` endpoints away.',
  },
  async run(trial) {
    const alice = await trial.registered(0)
    const attacker = await trial.stranger()
    const sayings = registersFor(alice, { contact: false, lines: ['Contact: *', 'Expires: 0'] })
    return standsAfter(trial, alice, await answersTo(attacker, sayings))
  },
})
