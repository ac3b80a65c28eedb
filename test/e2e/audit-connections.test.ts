import { connectionFlood } from '../../src/audit/attacks/connection-flood.ts'
import { connectionsExhausted } from '../../src/audit/attacks/connections-exhausted.ts'
import { insiderFlood } from '../../src/audit/attacks/insider-flood.ts'
import { slowMessages } from '../../src/audit/attacks/slow-messages.ts'
import { tlsHandshakeFlood } from '../../src/audit/attacks/tls-handshake-flood.ts'
import { proveAttacks } from '../support/audit-family.ts'

proveAttacks('connections', [
  insiderFlood,
  connectionFlood,
  slowMessages,
  tlsHandshakeFlood,
  connectionsExhausted,
])
