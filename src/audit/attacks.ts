import type { Attack } from './attack.ts'
import { forgedBye } from './attacks/forged-bye.ts'
import { masqueradedFrom } from './attacks/masqueraded-from.ts'

/** Every attack, in the order of the catalogue. One a line. */
export const auditAttacks: readonly Attack[] = [
  masqueradedFrom, // D01
  forgedBye, // E01
]
