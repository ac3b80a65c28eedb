import type { ServedDomain } from '../../pipeline/ports.ts'
import type { Keyring } from '../../sip/proxy/keyed-digest.ts'
import type { FlowTokenSecrets } from '../../sip/registrar/flow-token.ts'
import type { GruuKeys } from '../../sip/registrar/gruu.ts'
import type { CredentialStore } from '../../store/credentials.ts'
import type { LocationStore } from '../../store/location.ts'
import type { AaaPort } from '../aaa/aaa.ts'
import type { Config } from '../config/config.ts'
import type { Enforcer } from '../detect/enforcer.ts'
import type { SignedIdentities } from '../identity/identity.ts'
import type { Neighbours } from '../neighbours.ts'
import type { FlowNames, FlowTable } from './flows.ts'
import type { ReferGround } from './refer.ts'

/** Keys in the form that each mechanism asks for. */
export interface CoreKeys {
  /** Two characters that name this process in tokens. */
  readonly node: string
  /** First characters of our branches, which name this process. */
  readonly branchMark: string
  readonly dialog: Keyring
  readonly branch: Keyring
  readonly gruu: GruuKeys
  readonly flow: FlowTokenSecrets
}

/** Where we are: what a URI, a Via or a Contact must name to mean us. */
export interface OwnAddresses {
  /** @param host '' stands for any of ours; @param port undefined: the default of its transport */
  isOurs(host: string, port: number | undefined): boolean
  isOurHost(host: string): boolean
}

/** Everything of one configuration that the core works by; a reload makes a new one. */
export interface CoreSettings {
  readonly config: Config
  /** By name and alias. */
  readonly domains: ReadonlyMap<string, ServedDomain>
  readonly stores: { readonly location: LocationStore; readonly credentials: CredentialStore }
  /** Credentials and records of calls beyond this machine; absent: our own accounts alone. */
  readonly aaa?: AaaPort | undefined
  readonly keys: CoreKeys
  readonly neighbours: Neighbours
  readonly own: OwnAddresses
  readonly flows: FlowTable
  readonly flowNames: FlowNames
  readonly refer: ReferGround
  /** Signed identity; undefined: it passes untouched. */
  readonly identity?: SignedIdentities | undefined
  /** Orders of detection; absent: none are carried out. */
  readonly enforcer?: Enforcer | undefined
}

/** Served domains by every name that they go by. */
export function domainsOf(config: Config): ReadonlyMap<string, ServedDomain> {
  const domains = new Map<string, ServedDomain>()
  for (const { name, mode, aliases } of config.domains) {
    for (const each of [name, ...aliases]) domains.set(each, { name, mode })
  }
  return domains
}
