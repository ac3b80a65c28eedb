import { attack } from '../attack.ts'
import { MENDING_OF_OTHERS_BINDINGS } from '../shared-mending.ts'
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
  mending: MENDING_OF_OTHERS_BINDINGS,
  async run(trial) {
    const alice = await trial.registered(0)
    const attacker = await trial.user(1)
    const sayings = registersFor(alice, { contact: alice.contact, lines: ['Expires: 0'] })
    return standsAfter(trial, alice, await answersTo(attacker, sayings, true))
  },
})
