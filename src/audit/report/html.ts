import type { Report } from './report.ts'
import { reportText } from './text.ts'

/** To come. */
export function reportHtml(report: Report): string {
  return reportText(report)
}
