import { next, type Stage } from '../stage.ts'

/** REGISTER of a served domain ends at the location service (RFC 3261 §10.3). */
export const registrar: Stage = {
  name: 'registrar',
  rfc: 'RFC 3261 §10.3; RFC 3327; RFC 5626 §6; RFC 5627',
  meets: ['sql-in-register', 'registration-hijack'],
  run: context => (context.scope === 'registrar' ? context.ports.register(context) : next),
}
