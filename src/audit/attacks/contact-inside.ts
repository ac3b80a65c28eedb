import { attack } from '../attack.ts'
import { answerToContact } from '../foreign-contact.ts'
import { MENDING_OF_FOREIGN_CONTACTS } from '../shared-mending.ts'

/** A contact at the loopback address: what listens there trusts whoever comes from the same machine. */
export const contactInside = attack({
  id: 'contact-inside',
  entry: 'F13',
  title: 'has calls to a user sent to services on the machine of the server',
  threats: ['reflection', 'registration-hijack', 'infrastructure-behind-the-edge'],
  clause: '§3.3, packet bombarding; §3.1, forking proxies amplify traffic',
  references: ['RFC 3261 §10.2.1', 'RFC 3261 §26.1.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts', 'addresses'],
  expected:
    'A contact that is not where its REGISTER came from is refused, or calls are sent to the source instead.',
  mending: MENDING_OF_FOREIGN_CONTACTS,
  async run(trial) {
    const trap = await trial.trap('third party', '127.0.0.1')
    return answerToContact(trial, trap, 'the loopback address of the server')
  },
})
