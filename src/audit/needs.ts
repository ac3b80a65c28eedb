import { Addresses } from './addresses.ts'
import type { Attack, Need } from './attack.ts'
import type { Target } from './target.ts'

/** The first thing that an attack needs and the target does not offer, in words; nothing when all is there. */
export function missingNeed(attack: Attack, target: Target): string | undefined {
  const missing = attack.needs.find(need => !has(target, need))
  return missing === undefined ? undefined : MISSING[missing]
}

function has(target: Target, need: Need): boolean {
  const { accounts, ports } = target
  switch (need) {
    case 'account':
      return accounts.length >= 1
    case 'two-accounts':
      return accounts.length >= 2
    case 'three-accounts':
      return accounts.length >= 3
    case 'addresses':
      return new Addresses(target.ip).isMany
    case 'tcp':
      return ports.TCP !== undefined
    case 'tls':
      return ports.TLS !== undefined
    case 'websocket':
      return ports.WS !== undefined || ports.WSS !== undefined
    case 'client-certificate':
      return target.clientCertificate !== undefined
    case 'rejects-anonymous':
      return target.rejectsAnonymous !== undefined
    case 'premium-number':
      return target.premiumNumber !== undefined
    default:
      return target[need] !== undefined
  }
}

const MISSING: Readonly<Record<Need, string>> = {
  account: 'an account',
  'two-accounts': 'two accounts',
  'three-accounts': 'three accounts',
  addresses: 'several source addresses: a target on loopback',
  tcp: 'a TCP port',
  tls: 'a TLS port',
  websocket: 'a WebSocket port',
  stir: 'a key and certificate that the target trusts for numbers',
  smime: 'a key and certificate of a user that the target trusts for signed bodies',
  'rejects-anonymous': 'an account that wants no anonymous calls',
  zone: 'a domain whose records this machine answers for',
  radius: 'the port where the target asks RADIUS',
  diameter: 'the Diameter port of the target',
  admin: "the address of the target's administration",
  phone: 'the address of a phone or of what provisions it',
  'client-certificate': 'a client certificate of a user',
  'premium-number': 'a telephone number that somebody would pay for',
}
