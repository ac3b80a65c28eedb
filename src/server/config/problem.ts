import { AspisError } from '../../base/errors.ts'

/** Where something stands in the configuration: keys and list positions from the top. */
export type ConfigPath = readonly (string | number)[]

/** What is wrong with a configuration, and where. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  /** Where the setting stands; `[]` is the whole file. */
  readonly path: ConfigPath
  readonly message: string
  /** File, line and column, counted from 1; absent when there is no file. */
  readonly place?: { readonly file: string; readonly line: number; readonly column: number }
  /** `configuration`: wrong as it is written; `machine`: wrong on this machine, now. */
  readonly kind: 'configuration' | 'machine'
}

/** A configuration that cannot be served; `problems` holds every reason. */
export class ConfigError extends AspisError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('ERR_ASPIS_CONFIG', printProblems(problems))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** `aspis.yaml:7:3: error: listen: unknown transport "upd" (did you mean "udp"?)` */
export function printProblem(problem: Problem): string {
  const place = problem.place
  const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}: `
  const setting = problem.path.filter(part => typeof part === 'string').join('.')
  return `${where}${problem.severity}: ${setting === '' ? '' : `${setting}: `}${problem.message}`
}

/** One line each, in the order of the file. */
export function printProblems(problems: readonly Problem[]): string {
  return inOrder(problems).map(printProblem).join('\n')
}

/** By line and column; without a place last. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  const rank = (problem: Problem): number =>
    problem.place === undefined
      ? Number.MAX_SAFE_INTEGER
      : problem.place.line * 100_000 + problem.place.column
  return problems.toSorted((a, b) => rank(a) - rank(b))
}
