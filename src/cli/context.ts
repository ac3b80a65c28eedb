import type { CommandContext } from '@stricli/core'

/** What a command may touch of the world. */
export interface CliContext extends CommandContext {
  readonly process: {
    readonly stdin: NodeJS.ReadStream
    readonly stdout: NodeJS.WriteStream
    readonly stderr: NodeJS.WriteStream
    readonly env: NodeJS.ProcessEnv
    readonly cwd: () => string
    exitCode?: number | string | null
  }
}

/** Exit codes, the same for every command. */
export const EXIT = {
  fine: 0,
  /** Findings, or a check failed. */
  findings: 1,
  /** Wrong usage or wrong configuration. */
  usage: 2,
  /** Target unreachable, or inconclusive. */
  unreachable: 3,
  internal: 4,
} as const

/** Writes to standard output. */
export function print(context: CliContext, text: string): void {
  context.process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Writes to standard error, where everything goes that is not data. */
export function tell(context: CliContext, text: string): void {
  context.process.stderr.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Sets the exit code of a command that ran to its end. */
export function exitWith(context: CliContext, code: (typeof EXIT)[keyof typeof EXIT]): void {
  context.process.exitCode = code
}

/** The first line of standard input, for passwords. */
export async function readLine(context: CliContext): Promise<string> {
  let text = ''
  context.process.stdin.setEncoding('utf8')
  for await (const part of context.process.stdin) {
    text += part
    if (text.includes('\n') || text.length > 4096) break
  }
  return (text.split('\n')[0] ?? '').replace(/\r$/, '')
}

/** Rows under a head, each column as wide as its widest cell. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...body.map(row => row[at]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(head), ...body.map(line)].join('\n')
}
