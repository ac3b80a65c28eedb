import type { Attack } from './attack.ts'
import { contradictingFields } from './attacks/contradicting-fields.ts'
import { forgedBye } from './attacks/forged-bye.ts'
import { fuzzedFields } from './attacks/fuzzed-fields.ts'
import { masqueradedFrom } from './attacks/masqueraded-from.ts'
import { tortureMessages } from './attacks/torture-messages.ts'

/** Every attack, in the order of the catalogue. One a line. */
export const auditAttacks: readonly Attack[] = [
  fuzzedFields, // P01
  tortureMessages, // P02
  contradictingFields, // P14
  masqueradedFrom, // D01
  forgedBye, // E01
]
