import { resolve } from 'node:path'
import type { Parties, TokenDemand } from '../../pipeline/refer-port.ts'
import type { ConfigPath } from './problem.ts'
import type { ConfigReader } from './read.ts'
import type { DemandName, PartyName, ReferObject } from './settings-refer.ts'
import { didYouMean } from './suggest.ts'

/** What REFER, Referred-By and Replaces may do. */
export interface ReferConfig {
  /** Authorities that vouch for referrers, beside our own. */
  readonly authorities: readonly { readonly certificate: string; readonly domains: readonly string[] }[]
  readonly hosts: readonly string[]
  readonly outOfDialog: Parties
  readonly replaces: Parties
  readonly requireToken: TokenDemand
  readonly tokenAgeSeconds: number
}

/**
 * Reads `refer`.
 * @param trunks names of the trunks that are defined
 */
export function readRefer(
  reader: ConfigReader,
  written: ReturnType<typeof ReferObject.parse>,
  folder: string,
  trunks: ReadonlySet<string>,
): ReferConfig {
  for (const key of ['out-of-dialog', 'replaces', 'require-token'] as const)
    checkTrunks(reader, ['refer', key], written[key], trunks)
  const demands = written['require-token']
  return {
    authorities: written.authorities.map(({ certificate, domains }) => ({
      certificate: resolve(folder, certificate),
      domains,
    })),
    hosts: written.hosts,
    outOfDialog: partiesOf(written['out-of-dialog']),
    replaces: partiesOf(written.replaces),
    requireToken: {
      everywhere: demands.some(({ kind }) => kind === 'everywhere'),
      domains: demands.flatMap(demand => (demand.kind === 'domain' ? [demand.domain] : [])),
      ...partiesOf(demands),
    },
    tokenAgeSeconds: written['token-age'],
  }
}

/** `refer` as it could be written. */
export function referSettings(refer: ReferConfig): Record<string, unknown> {
  const { everywhere, domains, ...parties } = refer.requireToken
  return {
    authorities: refer.authorities,
    hosts: refer.hosts,
    'out-of-dialog': textsOf(refer.outOfDialog),
    replaces: textsOf(refer.replaces),
    'require-token': [...textsOf(parties), ...domains, ...(everywhere ? ['*'] : [])],
    'token-age': `${refer.tokenAgeSeconds}s`,
  }
}

/** `refer` in sentences, for `aspis check --explain`. */
export function explainRefer(refer: ReferConfig): string[] {
  const { requireToken } = refer
  const who = (parties: Parties): string => textsOf(parties).join(', ') || 'nobody'
  const demands = [
    ...(requireToken.everywhere ? ['everywhere'] : []),
    ...textsOf(requireToken),
    ...requireToken.domains,
  ]
  return [
    `REFER outside a call: ${who(refer.outOfDialog)}`,
    `it leads to ${refer.hosts.length === 0 ? 'any public host by sip or sips' : `served domains and ${refer.hosts.join(', ')}`}`,
    `Replaces without a proven reference: ${who(refer.replaces)}`,
    demands.length === 0
      ? 'Referred-By needs no token; a wrong token is refused (429)'
      : `Referred-By needs a token (else 429) to: ${demands.join(', ')}`,
    `a token is good once, for ${refer.tokenAgeSeconds} s`,
    'our own authority vouches for referrers of the served domains',
    ...refer.authorities.map(
      ({ certificate, domains }) => `${certificate} vouches for referrers of ${domains.join(', ')}`,
    ),
  ]
}

function checkTrunks(
  reader: ConfigReader,
  path: ConfigPath,
  names: readonly DemandName[],
  trunks: ReadonlySet<string>,
): void {
  for (const [at, name] of names.entries()) {
    if (name.kind !== 'trunk' || trunks.has(name.trunk)) continue
    reader.error([...path, at], `no trunk "${name.trunk}" is defined${didYouMean(name.trunk, trunks)}`)
  }
}

function partiesOf(names: readonly (DemandName | PartyName)[]): Parties {
  return {
    ownUsers: names.some(({ kind }) => kind === 'own-users'),
    trunks: names.flatMap(name => (name.kind === 'trunk' ? [name.trunk] : [])),
  }
}

function textsOf({ ownUsers, trunks }: Parties): string[] {
  return [...(ownUsers ? ['own-users'] : []), ...trunks.map(trunk => `trunk:${trunk}`)]
}
