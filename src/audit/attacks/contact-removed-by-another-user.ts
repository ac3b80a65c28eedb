import { attack } from '../attack.ts'
import { answersTo, registersFor, standsAfter } from '../taking-over.ts'

/** Expires 0 of one user for the contact of another. */
export const contactRemovedByAnotherUser = attack({
  id: 'contact-removed-by-another-user',
  entry: 'E10',
  title: 'removes the contact of another user with Expires 0 and its own credentials',
  threats: ['registration-hijack', 'user-name-not-tied-to-uri'],
  clause: '§3.1, hijacking; §3.3, username and URI',
  references: ['RFC 3261 §10.2.2', 'RFC 3261 §10.3'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'Credentials of one user remove nothing of another: 403.',
  mending: {
    aspis: 'On by default: credentials are good for the address-of-record of their user alone.',
    kamailio:
      'Compare `$au` with `$tU` after `auth_check()`, flag 1 of which looks at the user name, or call `check_to()` of uri_db.',
    opensips:
      'Compare `$au` with `$tU` after `www_authorize()`, or call `db_is_to_authorized("uri")` of auth_db, and refuse what differs.',
    asterisk: 'An `auth` is good for the `aors` of its endpoint alone: share no endpoint between users.',
  },
  async run(trial) {
    const alice = await trial.registered(0)
    const attacker = await trial.user(1)
    const sayings = registersFor(alice, { contact: alice.contact, lines: ['Expires: 0'] })
    return standsAfter(trial, alice, await answersTo(attacker, sayings, true))
  },
})
