import { attack } from '../attack.ts'
import { MENDING_OF_OPEN_BINDINGS } from '../shared-mending.ts'
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
  mending: MENDING_OF_OPEN_BINDINGS,
  async run(trial) {
    const alice = await trial.registered(0)
    const attacker = await trial.stranger()
    const sayings = registersFor(alice, { contact: false, lines: ['Contact: *', 'Expires: 0'] })
    return standsAfter(trial, alice, await answersTo(attacker, sayings))
  },
})
