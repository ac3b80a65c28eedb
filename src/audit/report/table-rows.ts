import { tableOne } from '../../threats/table-one.ts'
import type { Report, ReportedAttack } from './report.ts'

/** A row of the paper's Table 1 with what the run says about it. */
export interface TableRow {
  readonly title: string
  readonly clause: string
  readonly impact: string
  readonly attacks: readonly ReportedAttack[]
  /** `succeeded` when one did; `resisted` when all that were tried to their end were; else nobody knows. */
  readonly verdict: 'succeeded' | 'resisted' | 'unknown'
}

/** Table 1, each row with the attacks that name its threat, or the row itself. */
export function tableRows({ attacks }: Report): readonly TableRow[] {
  return tableOne.map(({ id, title, clause, impact }) => {
    const row = Number(/^Table 1, row (\d+)/.exec(clause)?.[1])
    const found = attacks.filter(each => each.threats.includes(id) || rowsIn(each.clause).includes(row))
    const has = (verdict: ReportedAttack['verdict']): boolean => found.some(each => each.verdict === verdict)
    const verdict = has('succeeded') ? 'succeeded' : has('resisted') ? 'resisted' : 'unknown'
    return { title, clause, impact, attacks: found, verdict }
  })
}

/** Row numbers in `§3.1, BYE; Table 1, row 4` or `Table 1, rows 3 and 5`. */
function rowsIn(clause: string): readonly number[] {
  const [, after = ''] = /Table 1, rows? ([\d, and]{1,30})/.exec(clause) ?? []
  return [...after.matchAll(/\d+/g)].map(([digits]) => Number(digits))
}
