import { buildCommand } from '@stricli/core'
import { checkStore, hasDatabase } from '../server/admin/accounts.ts'
import { explainConfig, insecureLines } from '../server/config/explain.ts'
import { checkMachine } from '../server/config/machine.ts'
import { ConfigError, inOrder, type Problem, printProblems } from '../server/config/problem.ts'
import { type ConfigFlags, configFlag, type OpenedConfig, readConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print, tell } from './context.ts'
import { formatFlag } from './user-list.ts'

interface Flags extends ConfigFlags {
  readonly explain: boolean
  readonly format: 'text' | 'json'
  readonly skipPorts: boolean
}

const HINT = 'If it is this server itself that has the port: aspis check --skip-ports'

/** `aspis check` */
export const check = buildCommand<Flags, [], CliContext>({
  async func(flags) {
    const opened = readOrProblems(this, flags)
    if ('problems' in opened && !('config' in opened)) {
      report(this, flags, opened.problems)
      exitWith(this, EXIT.usage)
      return
    }
    const { config } = opened
    const machine = await checkMachine(config, opened.source, {
      nowMs: Date.now(),
      ports: !flags.skipPorts,
      dns: true,
    })
    const problems = [...opened.problems, ...machine]
    const hasData = !machine.some(problem => problem.severity === 'error' && problem.path[0] === 'data')
    if (hasData) problems.push(...(await checkStorage(opened)))
    report(this, flags, problems)
    const hasErrors = problems.some(problem => problem.severity === 'error')
    if (flags.format === 'text') {
      if (machine.some(({ path }) => path[0] === 'listen')) tell(this, HINT)
      for (const line of insecureLines(config)) tell(this, `weakened: ${line}`)
      if (!hasErrors) tell(this, `${config.file ?? 'the default of the local machine'}: fine`)
      if (flags.explain) print(this, explainConfig(config, await stages()))
    }
    exitWith(this, hasErrors ? EXIT.findings : EXIT.fine)
  },
  parameters: {
    flags: {
      config: configFlag,
      explain: { kind: 'boolean', default: false, brief: 'Print the effective policy' },
      format: formatFlag(),
      skipPorts: { kind: 'boolean', default: false, brief: 'Do not try the ports: the server is running' },
    },
    aliases: { c: 'config' },
  },
  docs: {
    brief: 'Find what is wrong before a start',
    fullDescription:
      'Checks syntax, settings, keys and certificates, ports, storage and DNS. Exit code 2: the configuration is wrong; 1: something on this machine is; 0: fine.\n\nExample:\n  aspis check -c aspis.yaml --explain',
  },
})

function readOrProblems(
  context: CliContext,
  flags: Flags,
): OpenedConfig | { readonly problems: readonly Problem[] } {
  try {
    return readConfiguration(context, flags)
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems }
    throw error
  }
}

async function checkStorage({ config, source }: OpenedConfig): Promise<Problem[]> {
  if (!hasDatabase(config)) return []
  try {
    await checkStore(config, Date.now())
    return []
  } catch (error) {
    const path = [config.storage.kind === 'sqlite' ? 'data' : 'storage']
    const place = source === undefined ? {} : { place: source.place(path) }
    const message = error instanceof Error ? error.message : String(error)
    return [{ severity: 'error', kind: 'machine', path, message, ...place }]
  }
}

async function stages(): Promise<readonly string[]> {
  const { stageNames } = await import('../server/stages.ts')
  return stageNames
}

function report(context: CliContext, flags: Flags, problems: readonly Problem[]): void {
  if (flags.format === 'json') {
    const list = inOrder(problems).map(({ severity, kind, path, message, place }) => {
      return {
        severity,
        kind,
        setting: path.filter(part => typeof part === 'string').join('.'),
        message,
        ...place,
      }
    })
    print(context, JSON.stringify(list, undefined, 2))
    return
  }
  if (problems.length > 0) tell(context, printProblems(problems))
}
