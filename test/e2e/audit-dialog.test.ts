import { auditAttacks } from '../../src/audit/attacks.ts'
import { proveAttacks } from '../support/audit-family.ts'

/** Calls, registrations, routes and forks of others: these entries of the catalogue are this family's. */
const ENTRIES = new Set(['E01', 'E02', 'E03', 'E04', 'E05', 'E06', 'E07', 'E08', 'E09', 'E10', 'E13'])

proveAttacks(
  'calls of others',
  auditAttacks.filter(({ entry }) => ENTRIES.has(entry)),
)
