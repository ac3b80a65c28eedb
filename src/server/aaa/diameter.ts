import { isDeepStrictEqual } from 'node:util'
import type { Deadlines } from '../../base/deadlines.ts'
import type { LocationAnswer, SipOrigin } from '../../mechanisms/aaa/diameter/index.ts'
import type { DiameterTls } from '../../net/diameter-stream.ts'
import type { RequestContext, Verdict } from '../../pipeline/stage.ts'
import type { LocationStore } from '../../store/location.ts'
import type { DiameterConfig } from '../config/diameter.ts'
import type { DiameterEvents } from './diameter-events.ts'
import { type ConnectedDiameter, connectDiameter, workerIdentity } from './diameter-links.ts'
import { DiameterRegistrar } from './diameter-registrar.ts'
import { diameterSource } from './diameter-source.ts'
import { DiameterUsers } from './diameter-users.ts'
import type { GrantGround } from './grant.ts'
import type { CredentialSource } from './source.ts'

/** What Diameter stands on. */
export interface DiameterParts {
  readonly deadlines: Deadlines
  readonly nowMs: () => number
  readonly wallMs: () => number
  readonly location: LocationStore
  readonly events: DiameterEvents
  /** Number of this process among those that serve the same addresses. */
  readonly worker: number | undefined
  /** Asked anew each time: a reload changes the domains. */
  readonly ground: () => GrantGround
  /** What is remembered of a user's password is void. */
  forget(user: string): void
}

/** A Retry-After that fits to the pauses between attempts to connect. */
const RETRY_AFTER_SECONDS = 5

interface Running {
  readonly config: DiameterConfig
  readonly tls: DiameterTls | undefined
  readonly connected: ConnectedDiameter
  readonly origin: SipOrigin
}

/** Diameter of a running server: connections live on over a reload that does not change what they are made of. */
export class DiameterAaa {
  readonly #parts: DiameterParts
  readonly #users: DiameterUsers
  readonly #registrar: DiameterRegistrar
  #running: Running | undefined

  constructor(parts: DiameterParts) {
    this.#parts = parts
    const ground: GrantGround = {
      servedDomain: host => parts.ground().servedDomain(host),
      isLocal: aor => parts.ground().isLocal(aor),
    }
    this.#users = new DiameterUsers(ground)
    this.#registrar = new DiameterRegistrar({
      ...parts,
      ground,
      users: this.#users,
      diameter: () => this.#running?.connected,
      origin: () => this.#running?.origin,
      settings: () => ({
        registrations: this.#running?.config.registrations === true,
        profileType: this.#running?.config.profileType,
      }),
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    })
    parts.events.read({
      peersOpen: () => this.#running?.connected.peersOpen() ?? [],
      pending: () => this.#running?.connected.pending ?? 0,
    })
  }

  /** Whether peers are asked where users are. */
  get locates(): boolean {
    return this.#running?.config.locate === true
  }

  /**
   * Takes over a configuration; undefined ends all connections.
   * @param tls undefined: no peer is reached by TLS
   */
  use(config: DiameterConfig | undefined, tls: DiameterTls | undefined): void {
    const before = this.#running
    if (isDeepStrictEqual(before?.config, config) && isSameTls(before?.tls, tls)) return
    // A peer takes one connection of an identity: the old one goes first.
    if (before !== undefined) this.#close(before)
    this.#running = config === undefined ? undefined : this.#open(config, tls)
  }

  /** The source of credentials that it is now. */
  source(): CredentialSource | undefined {
    const running = this.#running
    if (running === undefined) return undefined
    return diameterSource({
      diameter: running.connected,
      origin: running.origin,
      events: this.#parts.events,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      grant: (user, realm) => this.#users.grant(user, realm),
    })
  }

  /** Whether somebody was let in as this address-of-record. */
  knows(aor: string): boolean {
    return this.#users.isGranted(aor)
  }

  registering(
    context: RequestContext,
    register: (context: RequestContext) => Verdict | Promise<Verdict>,
  ): Verdict | Promise<Verdict> {
    return this.#running === undefined ? register(context) : this.#registrar.registering(context, register)
  }

  whereIs(aor: string): Promise<LocationAnswer> {
    return this.#registrar.locate(aor)
  }

  async close(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.connected.close()
  }

  #open(config: DiameterConfig, tls: DiameterTls | undefined): Running {
    const { worker } = this.#parts
    const { listen: _, ...others } = config
    // One process can have the port.
    const own = worker === undefined || worker === 0 ? config : others
    const connected = connectDiameter(own, workerIdentity(config.identity, worker), {
      ...this.#parts,
      tls,
      serve: (asked, peer) => this.#registrar.serve(asked, peer),
    })
    const { identity } = connected
    const origin = { identity, realm: config.serverRealm, serverUri: config.serverUri }
    return { config, tls, connected, origin }
  }

  #close({ connected }: Running): void {
    connected
      .close()
      .catch((error: unknown) =>
        this.#parts.events.broke('close', error instanceof Error ? error : new Error(String(error))),
      )
  }
}

function isSameTls(a: DiameterTls | undefined, b: DiameterTls | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.certificatePem === b.certificatePem &&
    a.keyPem.reveal() === b.keyPem.reveal() &&
    isDeepStrictEqual(a.authoritiesPem, b.authoritiesPem)
  )
}
