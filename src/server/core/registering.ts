import type { Flow } from '../../base/flow.ts'
import { ownAor } from '../../pipeline/own-aor.ts'
import type { Ports } from '../../pipeline/ports.ts'
import { type RequestContext, reply, type Verdict } from '../../pipeline/stage.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { Field } from '../../sip/message/write.ts'
import { type FlowTokenSecrets, flowKeyOf, makeFlowToken } from '../../sip/registrar/flow-token.ts'
import type { GruuKeys } from '../../sip/registrar/gruu.ts'
import { decideRegister } from '../../sip/registrar/register.ts'
import type { RegisterFacts, RegistrarPolicy } from '../../sip/registrar/registrar-facts.ts'
import type { LocationStore } from '../../store/location.ts'
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

/**
 * Carries a REGISTER through: one after the other for an address-of-record, and answered 200 only when what changed
 * is durable; 500 with Retry-After when it could not be (RFC 3261 §10.3 step 7).
 */
export function registering(
  env: RegisteringEnvironment,
  ports: Pick<Ports, 'servedDomain' | 'isOurAddress' | 'userExists'>,
): (context: RequestContext) => Verdict | Promise<Verdict> {
  return context => {
    const { request } = context
    const aor = ownAor(request.to.uri, ports)
    if (!ports.userExists(aor)) return reply(404, 'aor-unknown')
    return env.location
      .serially(aor, () => decide(env, ports, context, aor))
      .catch((error: unknown) => {
        env.events.failed('binding-not-stored', error)
        return reply(500, 'not-stored', [['Retry-After', String(RETRY_AFTER_SECONDS)]])
      })
  }
}

async function decide(
  env: RegisteringEnvironment,
  ports: Pick<Ports, 'servedDomain' | 'isOurAddress'>,
  context: RequestContext,
  aor: string,
): Promise<Verdict> {
  const { request, wallMs } = context
  const existing = env.location.bindings(aor, wallMs)
  const decision = decideRegister(request, factsOf(env, ports, context, aor, existing))
  if (decision.kind === 'reply') {
    return reply(decision.reply.status, decision.why ?? 'bindings', withInfo(context, decision.reply))
  }
  await env.location.replace(aor, decision.next)
  env.events.registrations.add()
  const lastMs = decision.next.reduce((max, binding) => Math.max(max, binding.expiresAtMs), wallMs)
  if (context.flow.isReliable) env.keepUntil(context.flow, context.nowMs + lastMs - wallMs)
  return reply(200, 'registered', withInfo(context, decision.ok()))
}

function withInfo(
  context: RequestContext,
  answer: { readonly status: number; readonly headers: readonly Field[] },
): readonly Field[] {
  if (answer.status !== 200 || context.authenticationInfo === undefined) return answer.headers
  return [...answer.headers, ['Authentication-Info', context.authenticationInfo]]
}

function factsOf(
  env: RegisteringEnvironment,
  ports: Pick<Ports, 'servedDomain' | 'isOurAddress'>,
  context: RequestContext,
  aor: string,
  existing: RegisterFacts['existing'],
): RegisterFacts {
  const { flow, wallMs } = context
  const isEdge = env.isEdge(flow)
  return {
    aor,
    existing,
    source: {
      transport: flow.transport,
      ip: flow.remote.ip,
      port: flow.remote.port,
      isSecure: flow.isSecure,
      flowKey: flowKeyOf(flow.transport, flow.remote),
      flowToken: needsToken(context.request)
        ? makeFlowToken(
            {
              transport: flow.transport,
              local: flow.local,
              remote: flow.remote,
              streamId: flow.isReliable ? flow.id : 0,
            },
            env.flowSecrets,
            wallMs,
          )
        : undefined,
      isEdge,
    },
    policy: env.policy,
    nowMs: wallMs,
    random: bytes => env.random(bytes),
    gruuKeys: env.gruuKeys,
    isOwnDomain: host => ports.servedDomain(host) !== undefined,
    isOwnAddress: (host, port) => ports.isOurAddress(host, port),
    isOwnNetwork: () => false,
    isKnownEdge: (host, port) => env.isKnownEdge(host, port),
  }
}

/** Sealing a token costs a keyed hash: only where outbound may apply. */
function needsToken(request: SipRequest): boolean {
  return request.text.includes('reg-id')
}
