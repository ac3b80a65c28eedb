import type { Flow } from '../../base/flow.ts'
import { ownAor } from '../../pipeline/own-aor.ts'
import type { Ports } from '../../pipeline/ports.ts'
import { type Later, type RequestContext, reply, type Verdict } from '../../pipeline/stage.ts'
import type { Field } from '../../sip/message/write.ts'
import { type FlowTokenSecrets, flowKeyOf, makeFlowToken } from '../../sip/registrar/flow-token.ts'
import type { GruuKeys } from '../../sip/registrar/gruu.ts'
import { decideRegister, type RegisterDecision } from '../../sip/registrar/register.ts'
import type { RegisterFacts, RegisterSource, RegistrarPolicy } from '../../sip/registrar/registrar-facts.ts'
import type { Binding, BindingChange, LocationStore } from '../../store/location.ts'
import type { CoreEvents } from './events.ts'

/** Seconds after which a phone asks again when its binding could not be made durable. */
const RETRY_AFTER_SECONDS = 5

/** What the registrar stands on. */
export interface RegisteringEnvironment {
  readonly location: LocationStore
  readonly policy: RegistrarPolicy
  readonly gruuKeys: GruuKeys
  readonly flowSecrets: FlowTokenSecrets
  readonly events: CoreEvents
  random(bytes: number): Buffer
  /** @param untilMs monotonic */
  keepUntil(flow: Flow, untilMs: number): void
  /** A neighbour whose Path values are believed. */
  isEdge(flow: Flow): boolean
  isKnownEdge(host: string, port: number | undefined): boolean
}

type RegisterPorts = Pick<Ports, 'servedDomain' | 'isOurAddress' | 'userExists'>

/** What decisions of all REGISTERs share. */
type Ground = Pick<
  RegisterFacts,
  'policy' | 'random' | 'gruuKeys' | 'isOwnDomain' | 'isOwnAddress' | 'isOwnNetwork' | 'isKnownEdge'
>

/**
 * Carries a REGISTER through: one after the other for an address-of-record, and answered 200 only when what changed
 * is durable; 500 with Retry-After when it could not be (RFC 3261 §10.3 step 7).
 */
export function registering(
  env: RegisteringEnvironment,
  ports: RegisterPorts,
): (context: RequestContext) => Verdict {
  const ground: Ground = {
    policy: env.policy,
    random: bytes => env.random(bytes),
    gruuKeys: env.gruuKeys,
    isOwnDomain: host => ports.servedDomain(host) !== undefined,
    isOwnAddress: (host, port) => ports.isOurAddress(host, port),
    isOwnNetwork: () => false,
    isKnownEdge: (host, port) => env.isKnownEdge(host, port),
  }
  return context => {
    const aor = ownAor(context.request.to.uri, ports)
    if (!ports.userExists(aor)) return reply(404, 'aor-unknown')
    const registration = new Registration(env, ground, context, aor)
    env.location.change(aor, registration)
    return registration
  }
}

/**
 * One REGISTER from its turn to its answer. It is the verdict that comes later, and what the store calls back: one
 * object where a promise, its reactions and closures cost 4 µs.
 */
class Registration implements Later, BindingChange {
  readonly kind = 'later'
  /** Undefined as long as somebody is waited for. */
  #verdict: Verdict | undefined
  readonly #env: RegisteringEnvironment
  readonly #ground: Ground
  readonly #context: RequestContext
  readonly #aor: string
  #decided: Extract<RegisterDecision, { kind: 'store' }> | undefined
  #act: ((verdict: Verdict) => void) | undefined

  constructor(env: RegisteringEnvironment, ground: Ground, context: RequestContext, aor: string) {
    this.#env = env
    this.#ground = ground
    this.#context = context
    this.#aor = aor
  }

  whenDecided(act: (verdict: Verdict) => void): void {
    if (this.#verdict === undefined) this.#act = act
    else act(this.#verdict)
  }

  decide(): readonly Binding[] | undefined {
    const context = this.#context
    const existing = this.#env.location.bindings(this.#aor, context.wallMs)
    const decision = decideRegister(
      context.request,
      factsOf(this.#env, this.#ground, context, this.#aor, existing),
    )
    if (decision.kind === 'store') {
      this.#decided = decision
      return decision.next
    }
    const { status, headers } = decision.reply
    this.#end(reply(status, decision.why ?? 'bindings', withInfo(context, status, headers)))
    return undefined
  }

  stored(): void {
    const decided = this.#decided
    if (decided === undefined) return
    const context = this.#context
    const { flow, nowMs, wallMs } = context
    this.#env.events.registrations.add()
    if (flow.isReliable) {
      const lastMs = decided.next.reduce((max, binding) => Math.max(max, binding.expiresAtMs), wallMs)
      this.#env.keepUntil(flow, nowMs + lastMs - wallMs)
    }
    this.#end(reply(200, 'registered', withInfo(context, 200, decided.ok().headers)))
  }

  failed(error: Error): void {
    this.#env.events.failed('binding-not-stored', error)
    this.#end(reply(500, 'not-stored', [['Retry-After', String(RETRY_AFTER_SECONDS)]]))
  }

  #end(verdict: Verdict): void {
    this.#verdict = verdict
    this.#act?.(verdict)
  }
}

function withInfo(context: RequestContext, status: number, headers: readonly Field[]): readonly Field[] {
  if (status !== 200 || context.authenticationInfo === undefined) return headers
  return [...headers, ['Authentication-Info', context.authenticationInfo]]
}

function factsOf(
  env: RegisteringEnvironment,
  ground: Ground,
  context: RequestContext,
  aor: string,
  existing: RegisterFacts['existing'],
): RegisterFacts {
  return {
    aor,
    existing,
    source: new Source(env, context),
    nowMs: context.wallMs,
    policy: ground.policy,
    random: ground.random,
    gruuKeys: ground.gruuKeys,
    isOwnDomain: ground.isOwnDomain,
    isOwnAddress: ground.isOwnAddress,
    isOwnNetwork: ground.isOwnNetwork,
    isKnownEdge: ground.isKnownEdge,
  }
}

/** Where a REGISTER came from. The names of its flow are made when a binding needs them, which few do. */
class Source implements RegisterSource {
  readonly transport: Flow['transport']
  readonly ip: string
  readonly port: number
  readonly isSecure: boolean
  readonly isEdge: boolean
  readonly #env: RegisteringEnvironment
  readonly #context: RequestContext

  constructor(env: RegisteringEnvironment, context: RequestContext) {
    const { flow } = context
    this.transport = flow.transport
    this.ip = flow.remote.ip
    this.port = flow.remote.port
    this.isSecure = flow.isSecure
    this.isEdge = env.isEdge(flow)
    this.#env = env
    this.#context = context
  }

  get flowKey(): string {
    return flowKeyOf(this.transport, this.#context.flow.remote)
  }

  /** Sealing a token costs a keyed hash. */
  get flowToken(): string {
    const { transport, local, remote, isReliable, id } = this.#context.flow
    const name = { transport, local, remote, streamId: isReliable ? id : 0 }
    return makeFlowToken(name, this.#env.flowSecrets, this.#context.wallMs)
  }
}
