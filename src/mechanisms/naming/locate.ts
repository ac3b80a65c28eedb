import type { AskDns, DnsAnswer } from '../../base/dns-records.ts'
import { ipVersion } from '../../base/ip-address.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { type Located, type Plan, planOf } from './plan.ts'
import {
  defaultPort,
  givenTransport,
  isSendable,
  type LocateFailure,
  type LocatePolicy,
  type Target,
} from './target.ts'

/**
 * Where a request goes: the places to try, in order.
 * @param ask asks DNS; the bound of the whole look-up's time (LOC-09) is its own
 * @returns at once for an address, and whenever every answer was at hand; else a promise that never rejects
 * @see RFC 3263 §4
 */
export function locate(
  target: Target,
  policy: LocatePolicy,
  ask: AskDns,
): Result<Located, LocateFailure> | Promise<Result<Located, LocateFailure>> {
  if (ipVersion(target.host) !== 0) return locateAddress(target, policy)
  const plan = planOf(target, policy)
  return follow(plan, plan.next(), ask)
}

/** A numeric host needs no look-up (LOC-01). */
function locateAddress(target: Target, policy: LocatePolicy): Result<Located, LocateFailure> {
  if (!isSendable(target.host)) return failed('address-unusable')
  const transport = givenTransport(target, policy)
  if (transport === undefined) return failed('transport-unsupported')
  if (!transport.ok) return transport
  const port = target.port ?? defaultPort(transport.value)
  const hop = { transport: transport.value, ip: target.host, port, host: target.domain }
  return ok({ hops: [hop], hasSipsVanished: false })
}

function follow(
  plan: Plan,
  first: ReturnType<Plan['next']>,
  ask: AskDns,
): Result<Located, LocateFailure> | Promise<Result<Located, LocateFailure>> {
  let step = first
  while (step.done !== true) {
    const answers = step.value.map(question => ask(question.name, question.type))
    if (!answers.every(isReady)) return Promise.all(answers).then(all => follow(plan, plan.next(all), ask))
    step = plan.next(answers)
  }
  return step.value
}

function isReady(answer: DnsAnswer | Promise<DnsAnswer>): answer is DnsAnswer {
  return !(answer instanceof Promise)
}
