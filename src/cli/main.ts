import { ExitCode, run } from '@stricli/core'
import { buildApp } from './app.ts'
import type { CliContext } from './context.ts'
import { EXIT } from './context.ts'
import { errorText } from './errors.ts'

const isPlain = (process.env.NO_COLOR ?? '') !== '' || process.stderr.isTTY !== true
const { stdin, stdout, stderr, env } = process
const context: CliContext = {
  process: { stdin, stdout, stderr, env, cwd: () => process.cwd(), exitCode: null },
}

// A reader that went away (`aspis user list | head -1`) is no error of ours.
process.stdout.on('error', () => process.exit(EXIT.fine))

try {
  await run(buildApp(isPlain), process.argv.slice(2), context)
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`)
  context.process.exitCode = EXIT.internal
}
const code = Number(context.process.exitCode ?? 0)
// stricli's own codes are negative: an unknown command or argument is wrong usage, the rest is a fault of ours.
const isUsage = code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument
process.exitCode = code >= 0 ? code : isUsage ? EXIT.usage : EXIT.internal
