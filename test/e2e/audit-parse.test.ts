import { auditAttacks } from '../../src/audit/attacks.ts'
import { proveAttacks } from '../support/audit-family.ts'

proveAttacks(
  'malformed messages and injection',
  auditAttacks.filter(({ entry }) => /^[PB]/.test(entry)),
)
