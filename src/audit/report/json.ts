import type { Report } from './report.ts'

/** The report for programs, for `--resume` and `--compare`; its fields stand in docs/audit.md. */
export function reportJson(report: Report): string {
  return `${JSON.stringify(report, undefined, 1)}\n`
}
