import type { Result } from './outcome.ts'
import type { Report } from './report/report.ts'
import type { Target } from './target.ts'

/** What an earlier run tried to its end; what it skipped or left open is tried again. */
export function doneIn(report: Report): ReadonlyMap<string, Result> {
  return new Map(
    report.attacks
      .filter(({ verdict }) => verdict === 'resisted' || verdict === 'succeeded')
      .map(({ id, verdict, why, counts, durationMs, sent, ladder }) => [
        id,
        { attack: id, verdict, why, ...(counts === undefined ? {} : { counts }), durationMs, sent, ladder },
      ]),
  )
}

/** Why an earlier run is not of this target; nothing when it is. */
export function otherTarget(report: Report, target: Target): string | undefined {
  const before = `${report.target.domain} at ${report.target.ip}`
  const now = `${target.domain} at ${target.ip}`
  return before === now ? undefined : `it is a run against ${before}, not against ${now}`
}
