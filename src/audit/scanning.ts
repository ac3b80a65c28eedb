import { randomInt } from 'node:crypto'
import type { Agent } from './agent.ts'
import type { Saying } from './saying.ts'
import type { Target } from './target.ts'
import type { Trial } from './trial.ts'

/** What a scanner asks for one name. */
export interface Probe {
  readonly name: string
  readonly saying: Saying
}

/** What it got. */
export interface Probed {
  readonly name: string
  /** 0: nothing. */
  readonly status: number
  /** What the server says that it is; empty when it does not. */
  readonly banner: string
}

/** Scanners wait for no answer before they ask on. */
const AT_ONCE = 5

/** Asks until the answers stop: after ten without any the rest is not asked. @param asker who asks the next five */
export async function scan(
  trial: Trial,
  probes: readonly Probe[],
  asker: () => Promise<Agent>,
): Promise<readonly Probed[]> {
  const seen: Probed[] = []
  for (let at = 0; at < probes.length && !isSilent(seen.slice(-2 * AT_ONCE)); at += AT_ONCE) {
    const agent = await asker()
    const asking = probes.slice(at, at + AT_ONCE).map(async ({ name, saying }) => {
      const { final, status } = await agent.ask(saying, trial.silenceMs * 4)
      const banner = final === undefined ? '' : final.header('Server') || final.header('User-Agent')
      return { name, status, banner }
    })
    seen.push(...(await Promise.all(asking)))
  }
  return seen
}

function isSilent(last: readonly Probed[]): boolean {
  return last.length === 2 * AT_ONCE && last.every(({ status }) => status === 0)
}

/** Names that are looked for: most of nobody, a few that are there, the last of these toward the end. */
export function namesToScan(target: Target): {
  readonly all: readonly string[]
  readonly real: readonly string[]
} {
  const known = [...target.accounts.map(({ user }) => user).slice(0, 2), target.knownUser]
  const real = known.filter(name => name !== undefined)
  const first = randomInt(7_000, 9_000)
  const all = Array.from({ length: 30 }, (_, at) => String(first + at))
  for (const [at, name] of real.entries()) all[8 + 9 * at] = name
  return { all, real }
}

/** Those of the names that got another answer than the names of nobody right before and after them. */
export function toldApart(seen: readonly Probed[], real: readonly string[]): readonly string[] {
  return real.filter(name => {
    const at = seen.findIndex(each => each.name === name)
    const [before, here, after] = [seen[at - 1]?.status, seen[at]?.status, seen[at + 1]?.status]
    return here !== undefined && here !== 0 && before !== 0 && before === after && here !== before
  })
}

export function answered(seen: readonly Probed[]): number {
  return seen.filter(({ status }) => status !== 0).length
}

/** Statuses with how often each came: `401 × 27, 404 × 3`. */
export function statusesOf(seen: readonly Probed[]): string {
  const counts = new Map<number, number>()
  for (const { status } of seen) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${status === 0 ? 'silence' : status} × ${count}`).join(', ')
}

const PHONES = [
  'Yealink SIP-T46S 66.84.0.15',
  'Grandstream GXP2170 1.0.11.3',
  'Linphone/5.2.1 (belle-sip)',
  'Zoiper v2.10',
]

/** What a common phone says that it is. */
export function phoneName(): string {
  return PHONES[randomInt(PHONES.length)] ?? ''
}
