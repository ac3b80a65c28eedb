import { setTimeout as pause } from 'node:timers/promises'
import { Addresses } from './addresses.ts'
import type { Attack, Need } from './attack.ts'
import { Budget, OverBudget } from './budget.ts'
import { honestUse } from './honest.ts'
import { LadderRecorder } from './ladder.ts'
import type { Outcome, Result } from './outcome.ts'
import { isLoopback, type Target } from './target.ts'
import { type Pace, Trial, Unable } from './trial.ts'

export type Profile = 'safe' | 'full'

/** How an audit goes. */
export interface AuditOptions {
  /** `safe` leaves out what may hurt the target. */
  readonly profile: Profile
  /** Messages a second of what is not intrusive. */
  readonly perSecond: number
  /** Outcomes of an earlier run that are not tried again, by attack. */
  readonly earlier?: ReadonlyMap<string, Result>
  readonly begins?: (attack: Attack, at: number) => void
  readonly ends?: (attack: Attack, result: Result) => void
}

/** What an audit found. */
export interface Audit {
  readonly target: Target
  readonly profile: Profile
  readonly startedAt: string
  readonly durationMs: number
  /** In the order of the list. */
  readonly results: readonly Result[]
  /** Set when the target stopped serving honest users and did not come back. */
  readonly died?: string
}

/** Messages of one control step at most: two registrations, a call, two removals, and what is said again. */
const CONTROL_MESSAGES = 200

/** A target that stumbled gets that long to serve again. */
const RECOVERY_MS = 15_000

/** An attack that hangs ends after that time. */
const MAX_ATTACK_MS = 60_000

/** Runs attacks one after the other, each between two control steps. */
export async function audit(
  target: Target,
  attacks: readonly Attack[],
  options: AuditOptions,
): Promise<Audit> {
  const startedAt = new Date().toISOString()
  const beganMs = performance.now()
  const addresses = new Addresses(target.ip)
  const pace: Pace = isLoopback(target.ip)
    ? { answerMs: 2_000, silenceMs: 120 }
    : { answerMs: 4_000, silenceMs: 700 }
  const results: Result[] = []
  let died: string | undefined
  for (const [at, attack] of attacks.entries()) {
    const reason = options.earlier?.has(attack.id)
      ? undefined
      : reasonToSkip(attack, target, options.profile, died)
    const known = options.earlier?.get(attack.id) ?? (reason === undefined ? undefined : skip(attack, reason))
    options.begins?.(attack, at)
    const result = known ?? (await tryOne(attack, target, pace, addresses, options.perSecond))
    results.push(result)
    options.ends?.(attack, result)
    if (known === undefined && (await control(target, pace, addresses)) !== undefined) {
      died = await recovery(target, pace, addresses, attack)
    }
  }
  const durationMs = performance.now() - beganMs
  return {
    target,
    profile: options.profile,
    startedAt,
    durationMs,
    results,
    ...(died === undefined ? {} : { died }),
  }
}

async function tryOne(
  attack: Attack,
  target: Target,
  pace: Pace,
  addresses: Addresses,
  perSecond: number,
): Promise<Result> {
  addresses.turnPage()
  const beganMs = performance.now()
  const budget = new Budget(attack.maxMessages, attack.isIntrusive ? Number.POSITIVE_INFINITY : perSecond)
  const trial = new Trial(target, pace, addresses, budget)
  const outcome = await run(attack, trial)
  const { ladder } = trial.ladder
  const durationMs = performance.now() - beganMs
  const result: Result = { attack: attack.id, ...outcome, durationMs, sent: budget.sent, ladder }
  await trial.clean()
  if (outcome.verdict !== 'resisted') return result
  const problem = await control(target, pace, addresses)
  if (problem === undefined) return result
  return {
    ...result,
    verdict: 'succeeded',
    why: `${outcome.why}; but honest users were not served afterwards: ${problem}`,
  }
}

async function run(attack: Attack, trial: Trial): Promise<Outcome> {
  const late = new AbortController()
  const limit = pause(MAX_ATTACK_MS, undefined, { signal: late.signal }).then(
    () => trial.inconclusive(`it did not end within ${MAX_ATTACK_MS / 1_000} s`),
    () => trial.inconclusive('ended'),
  )
  try {
    return await Promise.race([attack.run(trial), limit])
  } catch (error) {
    if (error instanceof Unable || error instanceof OverBudget) return trial.inconclusive(error.message)
    throw error
  } finally {
    late.abort()
  }
}

/** The control step on lines of its own. @returns nothing when honest users are served */
async function control(target: Target, pace: Pace, addresses: Addresses): Promise<string | undefined> {
  addresses.turnPage()
  const trial = new Trial(target, pace, addresses, new Budget(CONTROL_MESSAGES, Number.POSITIVE_INFINITY))
  try {
    return await honestUse(trial)
  } catch (error) {
    if (error instanceof Unable || error instanceof OverBudget) return error.message
    throw error
  } finally {
    await trial.clean()
  }
}

/** Waits for a target that stumbled. @returns nothing when it serves again */
async function recovery(
  target: Target,
  pace: Pace,
  addresses: Addresses,
  after: Attack,
): Promise<string | undefined> {
  const until = performance.now() + RECOVERY_MS
  while (performance.now() < until) {
    await pause(500)
    if ((await control(target, pace, addresses)) === undefined) return undefined
  }
  return `the target served no honest user any more after ${after.id}`
}

function reasonToSkip(
  attack: Attack,
  target: Target,
  profile: Profile,
  died: string | undefined,
): string | undefined {
  if (died !== undefined) return died
  if (attack.isIntrusive && profile === 'safe') return 'intrusive: only with --profile full'
  const missing = attack.needs.find(need => !has(target, need))
  return missing === undefined ? undefined : `needs ${MISSING[missing]}`
}

function skip(attack: Attack, why: string): Result {
  const { ladder } = new LadderRecorder()
  return { attack: attack.id, verdict: 'skipped', why, durationMs: 0, sent: 0, ladder }
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
  zone: 'a domain whose records this machine answers for',
  radius: 'the port where the target asks RADIUS',
  diameter: 'the Diameter port of the target',
  admin: "the address of the target's administration",
  phone: 'the address of a phone or of what provisions it',
  'client-certificate': 'a client certificate of a user',
}
