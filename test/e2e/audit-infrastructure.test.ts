import { after } from 'node:test'
import { auditAttacks } from '../../src/audit/attacks.ts'
import { proveAttacks } from '../support/audit-family.ts'
import { infrastructure } from '../support/audit-infrastructure.ts'

const ENTRIES: readonly string[] = ['C17', 'H01', 'H02', 'H03', 'H05', 'H08', 'H09', 'H10', 'H13']

const setup = await infrastructure()
after(() => setup.remove())

proveAttacks(
  'infrastructure',
  auditAttacks.filter(
    ({ id, entry, needs }) =>
      (ENTRIES.includes(entry) && !needs.includes('client-certificate')) || id === 'connection-alias-hijack',
  ),
  setup,
)
