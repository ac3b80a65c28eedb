import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../src/audit/target.ts'

const MAIN = join(import.meta.dirname, 'audit-command-main.ts')

/** What a run of `aspis audit` came to. */
export interface AuditRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** The most memory that it had. */
  readonly maxBytes: number
}

/** A run that goes on. */
export interface RunningAudit {
  readonly child: ChildProcess
  readonly ended: Promise<AuditRun>
}

/** Starts `aspis audit` as a process of its own. */
export function startAudit(
  args: readonly string[],
  options: {
    readonly cwd: string
    readonly environment?: Readonly<Record<string, string>>
    readonly input?: string
  },
): RunningAudit {
  const { cwd, environment = {}, input = '' } = options
  const child = spawn(process.execPath, [MAIN, 'audit', ...args], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  })
  let stdout = ''
  let stderr = ''
  let maxBytes = 0
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.on('message', bytes => {
    maxBytes = Number(bytes)
  })
  child.stdin?.end(input)
  const ended = once(child, 'close').then(() => ({ status: child.exitCode, stdout, stderr, maxBytes }))
  return { child, ended }
}

/** The same, to its end. */
export function runAudit(...[args, options]: Parameters<typeof startAudit>): Promise<AuditRun> {
  return startAudit(args, options).ended
}

/** Writes a target as a file of the audit; its passwords are in the environment under `PASSWORD_ALICE` and so on. */
export function writeTarget(
  folder: string,
  { ip, domain, ports, accounts, knownUser, admin }: Target,
): { readonly file: string; readonly environment: Readonly<Record<string, string>> } {
  const file = 'target.yaml'
  const text = [
    `target: ${ip}`,
    `domain: ${domain}`,
    'ports:',
    ...Object.entries(ports).map(([transport, port]) => `  ${transport.toLowerCase()}: ${port}`),
    'accounts:',
    ...accounts.map(({ user }) => `  - { user: ${user}, password: env:PASSWORD_${user.toUpperCase()} }`),
    ...(knownUser === undefined ? [] : [`known-user: ${knownUser}`]),
    ...(admin === undefined ? [] : [`admin: ${admin}`]),
    '',
  ].join('\n')
  writeFileSync(join(folder, file), text)
  const passwords = accounts.map(
    ({ user, password }) => [`PASSWORD_${user.toUpperCase()}`, password] as const,
  )
  return { file, environment: Object.fromEntries(passwords) }
}
