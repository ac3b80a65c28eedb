import { auditAttacks } from '../../src/audit/attacks.ts'
import { proveAttacks } from '../support/audit-family.ts'

/** Entries of the catalogue that are about calls, registrations, routes and forks. */
const ENTRIES = /^(?:E0[1-9]|E1[034]|F1[123])$/

proveAttacks(
  'calls of others',
  auditAttacks.filter(({ entry }) => ENTRIES.test(entry)),
)

// Bounds that no machine is too slow to reach.
proveAttacks(
  'calls without end',
  auditAttacks.filter(({ id }) => id === 'calls-left-ringing' || id === 'calls-never-acknowledged'),
  { lines: ['limits: { requests-per-account: 20 }'] },
)
