import { auditAttacks } from '../../src/audit/attacks.ts'
import { proveAttacks } from '../support/audit-family.ts'

const ENTRIES: readonly string[] = ['C17', 'H05']

proveAttacks(
  'infrastructure',
  auditAttacks.filter(({ entry, needs }) => ENTRIES.includes(entry) && !needs.includes('client-certificate')),
  { lines: ['tls: { client-certificates: ask }'] },
)
