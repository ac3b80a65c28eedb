import { connectionFlood } from '../../src/audit/attacks/connection-flood.ts'
import { connectionsExhausted } from '../../src/audit/attacks/connections-exhausted.ts'
import { slowMessages } from '../../src/audit/attacks/slow-messages.ts'
import { tlsHandshakeFlood } from '../../src/audit/attacks/tls-handshake-flood.ts'
import { proveAttacks } from '../support/audit-family.ts'

proveAttacks('connections', [connectionFlood, slowMessages, tlsHandshakeFlood, connectionsExhausted])
