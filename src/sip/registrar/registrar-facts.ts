import type { TransportName } from '../../base/flow.ts'
import type { Binding } from './binding.ts'
import type { GruuKeys } from './gruu.ts'

/** What the operator decided about registrations; all times in seconds. */
export interface RegistrarPolicy {
  readonly minExpiresSeconds: number
  readonly maxExpiresSeconds: number
  /** For contacts that ask for nothing. */
  readonly defaultExpiresSeconds: number
  /** 1 to 100. */
  readonly maxContacts: number
  /**
   * A contact at a public address or name that is not the source's: refused, reached by the flow of the REGISTER
   * only, or believed (RFC 5393 §3 tells what a believed one can do).
   */
  readonly foreignContacts: 'refuse' | 'flow' | 'allow'
  /** RFC 3261 §10.2: From may differ from To. */
  readonly thirdPartyAllowed: boolean
  /** Route values for the phone's own requests (RFC 3608), each a name-addr with `lr`; may be empty. */
  readonly serviceRoute: readonly string[]
  /** RFC 5626 §5.4: seconds within which the phone shows that its flow lives; undefined says nothing. */
  readonly flowTimerSeconds: number | undefined
}

/** Where the REGISTER came from: the last hop before us. */
export interface RegisterSource {
  readonly transport: TransportName
  readonly ip: string
  readonly port: number
  /** TLS or WSS. */
  readonly isSecure: boolean
  /** `flowKeyOf` of the flow; asked for when a binding is reached by it. */
  readonly flowKey: string
  /** Asked for when a binding has a reg-id and is reached by the flow. */
  readonly flowToken: string | undefined
  /** The source is an edge proxy that the configuration names. */
  readonly isEdge: boolean
}

/** Everything that a decision about a REGISTER rests on. */
export interface RegisterFacts {
  /** Canonical address-of-record of To (`aorOf`). */
  readonly aor: string
  /** Bindings of that AOR as stored; expired ones may be among them. */
  readonly existing: readonly Binding[]
  readonly source: RegisterSource
  readonly policy: RegistrarPolicy
  /** Wall clock. */
  readonly nowMs: number
  readonly random: (bytes: number) => Buffer
  readonly gruuKeys: GruuKeys
  /** @param host lower case */
  readonly isOwnDomain: (host: string) => boolean
  /** Whether we listen there. @param host an address or name, lower case */
  readonly isOwnAddress: (host: string, port: number) => boolean
  /** Networks whose hosts may be registered by others. @param ip IPv6 without brackets */
  readonly isOwnNetwork: (ip: string) => boolean
  /** Edge proxies that may stand in a Path. */
  readonly isKnownEdge: (host: string, port: number | undefined) => boolean
}
