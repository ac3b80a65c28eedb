import { AspisError } from '../base/errors.ts'

/** What is wrong in the description of a target, and where it is written. */
export interface TargetProblem {
  /** `accounts[1].password`; empty for the whole. */
  readonly setting: string
  readonly message: string
  /** Counted from 1. */
  readonly line: number
  readonly column: number
}

/** A target that cannot be understood; `problems` holds every reason. */
export class TargetError extends AspisError {
  readonly problems: readonly TargetProblem[]

  constructor(file: string, problems: readonly TargetProblem[]) {
    super('ERR_ASPIS_AUDIT_TARGET', problems.map(problem => print(file, problem)).join('\n'))
    this.name = 'TargetError'
    this.problems = problems
  }
}

/** `target.yaml:7:3: accounts[0].user: missing` */
function print(file: string, { setting, message, line, column }: TargetProblem): string {
  return `${file}:${line}:${column}: ${setting === '' ? '' : `${setting}: `}${message}`
}
