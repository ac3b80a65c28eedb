import { buildCommand } from '@stricli/core'
import { checkStore, hasDatabase, withStore } from '../server/admin/accounts.ts'
import type { Config } from '../server/config/config.ts'
import { explainConfig, insecureLines } from '../server/config/explain.ts'
import { checkMachine } from '../server/config/machine.ts'
import { ConfigError, inOrder, type Problem, printProblems } from '../server/config/problem.ts'
import type { CallToExplain } from '../server/policy/explain-call.ts'
import { type ConfigFlags, configFlag, type OpenedConfig, readConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print, tell } from './context.ts'
import { formatFlag } from './user-list.ts'

interface Flags extends ConfigFlags {
  readonly explain: boolean
  readonly format: 'text' | 'json'
  readonly skipPorts: boolean
  readonly as?: string
  readonly fromTrunk?: string
  readonly call?: string
  readonly method: string
  readonly at?: Date
  readonly attestation?: CallToExplain['attestation']
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
    if (flags.call !== undefined || flags.as !== undefined || flags.fromTrunk !== undefined) {
      await explainOneCall(this, flags, opened)
      return
    }
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
      as: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'user',
        brief: 'Who would call: user@domain',
      },
      fromTrunk: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'name',
        brief: 'The trunk that would call',
      },
      call: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'whom',
        brief: 'Whom: says which rule decides, and why those before it do not',
      },
      method: {
        kind: 'parsed',
        parse: (written: string) => written.toUpperCase(),
        default: 'INVITE',
        placeholder: 'method',
        brief: 'By which request',
      },
      at: {
        kind: 'parsed',
        parse: readMoment,
        optional: true,
        placeholder: 'time',
        brief: 'When: 2030-12-24T18:00:00Z; now without it',
      },
      attestation: {
        kind: 'enum',
        values: ['A', 'B', 'C', 'none'],
        optional: true,
        brief: 'How the caller is signed for',
      },
    },
    aliases: { c: 'config' },
  },
  docs: {
    brief: 'Find what is wrong before a start',
    fullDescription:
      'Checks syntax, settings, keys and certificates, ports, storage and DNS. Exit code 2: the configuration is wrong; 1: something on this machine is; 0: fine.\n\nExample:\n  aspis check -c aspis.yaml --explain\n  aspis check --explain --as alice@example.test --call +442079460123',
  },
})

/** Which rule decides about one call; exit code 0 when it is allowed, 1 when not, 2 when it cannot be asked. */
async function explainOneCall(context: CliContext, flags: Flags, opened: OpenedConfig): Promise<void> {
  const { config, source } = opened
  if (opened.problems.length > 0) tell(context, printProblems(opened.problems))
  if (flags.call === undefined) {
    tell(context, 'error: say whom with --call')
    return exitWith(context, EXIT.usage)
  }
  const { explainCall } = await import('../server/policy/explain-call.ts')
  const userExists = await knownUsers(config)
  const explained = explainCall(
    config,
    {
      as: flags.as,
      fromTrunk: flags.fromTrunk,
      call: flags.call,
      method: flags.method,
      wallMs: flags.at?.getTime() ?? Date.now(),
      attestation: flags.attestation,
    },
    {
      userExists,
      placeOfRule: index => {
        const place = source?.place(['rules', index])
        return place === undefined ? `rule ${index + 1}` : `${place.file}:${place.line}`
      },
    },
  )
  if (!explained.ok) {
    tell(context, `error: ${explained.error}`)
    return exitWith(context, EXIT.usage)
  }
  const { isAllowed, rule, lines } = explained.value
  if (flags.format === 'json')
    print(context, JSON.stringify({ allowed: isAllowed, rule, lines }, undefined, 2))
  else print(context, lines.join('\n'))
  exitWith(context, isAllowed ? EXIT.fine : EXIT.findings)
}

/** Addresses of accounts; none where there is no database yet. */
async function knownUsers(config: Config): Promise<(aor: string) => boolean> {
  if (!hasDatabase(config)) return () => false
  const aors = await withStore(config, Date.now(), async store => {
    return store.credentials.list().flatMap(credential => credential.aors)
  })
  const known = new Set(aors)
  return aor => known.has(aor)
}

function readMoment(written: string): Date {
  const date = new Date(written)
  if (Number.isNaN(date.getTime()))
    throw new SyntaxError(`"${written}" is not a time such as 2030-12-24T18:00:00Z`)
  return date
}

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
