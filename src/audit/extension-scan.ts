import type { Agent } from './agent.ts'
import type { Outcome } from './outcome.ts'
import type { Saying } from './saying.ts'
import { answered, namesToScan, type Probed, scan, statusesOf, toldApart } from './scanning.ts'
import type { Trial } from './trial.ts'

/** How a scanner looks for extensions: what it asks for a name, and who asks. */
export interface ScanPlan {
  readonly methods: readonly string[]
  readonly saying: (method: string, name: string) => Saying
  /** Begins a scan by a method; what it gives is asked for every five probes. */
  readonly scanner: (trial: Trial) => Promise<() => Promise<Agent>>
}

/** Looks for names by each method; it succeeds when one of them finds every name that is there. */
export async function extensionScan(trial: Trial, plan: ScanPlan): Promise<Outcome> {
  const { all, real } = namesToScan(trial.target)
  const scans: { method: string; seen: readonly Probed[]; found: readonly string[] }[] = []
  for (const method of plan.methods) {
    const asker = await plan.scanner(trial)
    const probes = all.map(name => ({ name, saying: plan.saying(method, name) }))
    const seen = await scan(trial, probes, asker)
    scans.push({ method, seen, found: toldApart(seen, real) })
  }
  const counts = Object.fromEntries(
    scans.flatMap(({ method, seen, found }) => [
      [`${method} answered`, answered(seen)],
      [`${method} found`, found.length],
    ]),
  )
  const best = scans.find(({ found }) => found.length === real.length)
  if (best !== undefined) {
    return trial.succeeded(
      `${answered(best.seen)} of ${all.length} ${best.method} from one address were answered (${statusesOf(best.seen)}): all ${real.length} names that exist were told from the others`,
      counts,
    )
  }
  const said = scans.map(({ method, seen }) => `${method} ${statusesOf(seen)}`).join('; ')
  const found = Math.max(...scans.map(each => each.found.length))
  return trial.resisted(
    `${found} of ${real.length} names that exist were found among ${all.length} (${said})`,
    counts,
  )
}
