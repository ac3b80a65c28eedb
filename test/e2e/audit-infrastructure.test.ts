import { after } from 'node:test'
import { auditAttacks } from '../../src/audit/attacks.ts'
import { proveAttacks } from '../support/audit-family.ts'
import { infrastructure } from '../support/audit-infrastructure.ts'

const ENTRIES: readonly string[] = ['C17', 'H01', 'H02', 'H03', 'H05']

const setup = await infrastructure()
after(() => setup.remove())

proveAttacks(
  'infrastructure',
  auditAttacks.filter(({ entry, needs }) => ENTRIES.includes(entry) && !needs.includes('client-certificate')),
  setup,
)
