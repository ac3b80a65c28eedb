import { challengeRetransmission } from '../../src/audit/attacks/challenge-retransmission.ts'
import { reflection } from '../../src/audit/attacks/reflection.ts'
import { proveAttacks } from '../support/audit-family.ts'

proveAttacks('reflection', [reflection, challengeRetransmission])
