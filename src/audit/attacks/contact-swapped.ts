import { attack } from '../attack.ts'
import { MENDING_OF_OPEN_BINDINGS } from '../shared-mending.ts'
import { answersTo, boundAfter, registersFor } from '../taking-over.ts'

/** REGISTER of somebody else's address-of-record with a contact of the attacker, and nothing that proves it. */
export const contactSwapped = attack({
  id: 'contact-swapped',
  entry: 'E09',
  title: "binds a contact of its own to somebody else's address without credentials",
  threats: ['registration-hijack'],
  clause: '§3.1, hijacking',
  references: ['RFC 3261 §10.3', 'RFC 3261 §22.1'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account'],
  expected: 'A REGISTER without credentials binds nothing, with or without a To tag.',
  mending: MENDING_OF_OPEN_BINDINGS,
  async run(trial) {
    const [alice, attacker] = [await trial.registered(0), await trial.stranger()]
    const sayings = registersFor(alice, { contact: attacker.contact, lines: ['Expires: 60'] })
    const answers = await answersTo(attacker, sayings)
    trial.atEnd(() => alice.register(0, attacker.contact))
    return boundAfter(trial, alice, attacker.contact, answers)
  },
})
