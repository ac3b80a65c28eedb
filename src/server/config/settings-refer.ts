import { z } from 'zod'
import { failed, ok } from '../../base/result.ts'
import { list, row, seconds, text, written } from './row.ts'
import { type ReadValue, readDomain } from './values.ts'

/** Own users, or a neighbour. */
export type PartyName = { readonly kind: 'own-users' } | { readonly kind: 'trunk'; readonly trunk: string }

/** Where a request goes. */
export type DemandName =
  | PartyName
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'everywhere' }

/** `own-users` or `trunk:NAME`. */
const readParty: ReadValue<PartyName> = written => {
  if (written === 'own-users') return ok({ kind: 'own-users' })
  if (written.startsWith('trunk:')) return ok({ kind: 'trunk', trunk: written.slice(6) })
  return failed(`"${written}": write own-users or trunk:NAME`)
}

/** `own-users`, `trunk:NAME`, a domain or `*`. */
const readDemand: ReadValue<DemandName> = written => {
  if (written === '*') return ok({ kind: 'everywhere' })
  const party = readParty(written)
  if (party.ok) return party
  const domain = readDomain(written)
  return domain.ok
    ? ok({ kind: 'domain', domain: domain.value })
    : failed(`${domain.error}; write own-users, trunk:NAME, a domain or "*"`)
}

// biome-ignore format: one setting a line
export const ReferAuthorityObject = z.strictObject({
  certificate: row('path', 'required', 'PEM file of the authority.', text()),
  domains: row('list of names', 'required', 'Domains for whose users it may vouch; a served domain only if it is named here.', list(written(readDomain)).min(1, 'name at least one domain')),
})

// biome-ignore format: one setting a line
export const ReferObject = z.strictObject({
  authorities: row('list of objects', '[]', 'Who vouches for the certificates of referrers. Our own authority vouches for users of the served domains.', list(ReferAuthorityObject).default([]), { of: ReferAuthorityObject }),
  hosts: row('list of names or addresses', '[] (any that is not private)', 'Where Refer-To may lead beside the served domains; private addresses only if they are named here.', list(written(readDomain)).default([])),
  'out-of-dialog': row('list of own-users, trunk:NAME', '[own-users]', 'Who may send REFER outside a call; others get 403.', list(written(readParty)).default([{ kind: 'own-users' }])),
  replaces: row('list of own-users, trunk:NAME', '[own-users]', 'Whose INVITE may take over a call (Replaces) without a proven reference; others get 403.', list(written(readParty)).default([{ kind: 'own-users' }])),
  'require-token': row('list of own-users, trunk:NAME, domain or "*"', '[] (nowhere)', 'Where a request with Referred-By goes only if its token proves the referrer; else 429. A wrong token is refused everywhere.', list(written(readDemand)).default([])),
  'token-age': row('duration', '1h', 'How old a token may be (RFC 3893 §10).', seconds(30, 3600).default(3600), { unit: 'seconds' }),
})
