import { inDialogFlood } from '../../src/audit/attacks/in-dialog-flood.ts'
import { inviteFlood } from '../../src/audit/attacks/invite-flood.ts'
import { inviteFloodOfMany } from '../../src/audit/attacks/invite-flood-of-many.ts'
import { largeDatagrams } from '../../src/audit/attacks/large-datagrams.ts'
import { optionsFlood } from '../../src/audit/attacks/options-flood.ts'
import { registerFlood } from '../../src/audit/attacks/register-flood.ts'
import { responseFlood } from '../../src/audit/attacks/response-flood.ts'
import { proveAttacks } from '../support/audit-family.ts'

proveAttacks('floods', [
  inviteFlood,
  inviteFloodOfMany,
  registerFlood,
  optionsFlood,
  responseFlood,
  inDialogFlood,
  largeDatagrams,
])
