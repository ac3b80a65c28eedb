import { reply, type Stage } from '../stage.ts'

/** The end of the list: what is authorized and has targets goes to the proxy (RFC 3261 §16.6). */
export const forward: Stage = {
  name: 'forward',
  rfc: 'RFC 3261 §16.6; RFC 5393 §5',
  meets: ['forking-amplification', 'header-modification'],
  run: ({ authorized, rounds, scope }) => {
    if (authorized === undefined) return reply(403, 'not-authorized')
    return { kind: 'forward', plan: { authorized, rounds, isOwnDomain: scope === 'own' } }
  },
}
