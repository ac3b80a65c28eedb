import { attack } from '../attack.ts'
import { answerToContact } from '../foreign-contact.ts'
import { MENDING_OF_FOREIGN_CONTACTS } from '../shared-mending.ts'

/** A contact of a victim: every call of the user becomes traffic against it. */
export const contactOfThirdParty = attack({
  id: 'contact-of-third-party',
  entry: 'F13',
  title: 'has calls to a user sent to a third party that never registered',
  threats: ['reflection', 'registration-hijack'],
  clause: '§3.3, packet bombarding; §3.1, forking proxies amplify traffic',
  references: ['RFC 3261 §10.2.1', 'RFC 3261 §26.1.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts', 'addresses'],
  expected:
    'A contact that is not where its REGISTER came from is refused, or calls are sent to the source instead.',
  mending: MENDING_OF_FOREIGN_CONTACTS,
  async run(trial) {
    const trap = await trial.trap('third party')
    return answerToContact(trial, trap, 'the address of a third party')
  },
})
