import { after } from 'node:test'
import { auditAttacks } from '../../src/audit/attacks.ts'
import { proveAttacks } from '../support/audit-family.ts'
import { infrastructure } from '../support/audit-infrastructure.ts'

const ENTRIES: readonly string[] = ['C17', 'H01', 'H02', 'H03', 'H05', 'H08', 'H09', 'H10', 'H13']
/** Of other families, where connections and addresses are what is attacked. */
const MORE: readonly string[] = ['answer-sent-elsewhere', 'connection-alias-hijack']

const setup = await infrastructure()
after(() => setup.remove())

proveAttacks(
  'infrastructure',
  auditAttacks.filter(({ id, entry }) => ENTRIES.includes(entry) || MORE.includes(id)),
  setup,
)
