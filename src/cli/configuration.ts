import { existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import type { Config } from '../server/config/config.ts'
import { loadConfigFile } from '../server/config/load.ts'
import { DEFAULT_FILE, localConfig } from '../server/config/local.ts'
import { ConfigError, type Problem, printProblems } from '../server/config/problem.ts'
import type { ConfigSource } from '../server/config/source.ts'
import { type CliContext, tell } from './context.ts'

/** `-c FILE`, in every command. */
export const configFlag = {
  kind: 'parsed',
  parse: String,
  optional: true,
  placeholder: 'file',
  brief: 'Configuration; without it aspis.yaml of this folder, or the default of the local machine',
} as const

export interface ConfigFlags {
  readonly config?: string | undefined
}

/** A configuration and where it came from. */
export interface OpenedConfig {
  readonly config: Config
  /** Absent for the default of the local machine. */
  readonly source?: ConfigSource
  /** Warnings. */
  readonly problems: readonly Problem[]
}

/**
 * The configuration of a command.
 * @throws ConfigError with every problem
 */
export function readConfiguration(context: CliContext, flags: ConfigFlags): OpenedConfig {
  const cwd = context.process.cwd()
  if (flags.config === undefined && !existsSync(resolve(cwd, DEFAULT_FILE))) {
    return { config: localConfig(localAddresses(), cwd), problems: [] }
  }
  const loaded = loadConfigFile(flags.config ?? DEFAULT_FILE, context.process.env)
  if (loaded.config === undefined) throw new ConfigError(loaded.problems)
  return { config: loaded.config, source: loaded.source, problems: loaded.problems }
}

/** The configuration alone; warnings go to standard error. */
export function openConfiguration(context: CliContext, flags: ConfigFlags): Config {
  const { config, problems } = readConfiguration(context, flags)
  if (problems.length > 0) tell(context, printProblems(problems))
  return config
}

function localAddresses() {
  return Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
}
