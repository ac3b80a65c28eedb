import type { Ground } from '../harness/ground.ts'
import { type CallsPoint, callsShape } from './calls.ts'
import { runForFigures } from './programs.ts'
import { domainsShape, forkShape, messageShape, type StepPoint } from './steps.ts'
import { type UsersPoint, usersShape } from './users.ts'

/** How it is measured. */
export interface ShapePlan {
  readonly reps: number
  readonly isQuick: boolean
}

/** How the cost of a call grows with what there is more of. */
export interface ShapeResult {
  readonly users: readonly UsersPoint[]
  readonly calls: readonly CallsPoint[]
  readonly message: readonly StepPoint[]
  readonly fork: readonly StepPoint[]
  readonly domains: readonly StepPoint[]
  /** Reading and forwarding one message, in µs: by octets of its body, and by header fields of the same octets. */
  readonly bodyUs: readonly (readonly [number, number])[]
  readonly headersUs: readonly (readonly [number, number])[]
}

/** Measures every growth. */
export async function measureShape(ground: Ground, plan: ShapePlan): Promise<ShapeResult> {
  const inside = await runForFigures(ground, 'shape/message-parts.ts')
  const pointsOf = (name: string) =>
    Object.entries(inside)
      .filter(([key]) => key.startsWith(name))
      .map(([key, us]) => [Number(key.slice(name.length)), us] as const)
  const shown = <T>(name: string, result: T): T => {
    console.log(`${name}: ${JSON.stringify(result)}`)
    return result
  }
  return {
    bodyUs: shown('body', pointsOf('body ')),
    headersUs: shown('headers', pointsOf('headers ')),
    users: shown('users', await usersShape(ground, plan)),
    calls: shown('calls', await callsShape(ground, plan)),
    message: shown('message', await messageShape(ground, plan)),
    fork: shown('fork', await forkShape(ground, plan)),
    domains: shown('domains', await domainsShape(ground, plan)),
  }
}
