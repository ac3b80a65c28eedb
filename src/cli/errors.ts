import {
  type ApplicationText,
  type ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
} from '@stricli/core'
import { TargetError } from '../audit/target-problem.ts'
import { AspisError } from '../base/errors.ts'
import { ConfigError } from '../server/config/problem.ts'
import { EXIT } from './context.ts'

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ERR_ASPIS_ADMIN_UNREACHABLE',
  'ERR_ASPIS_AUDIT_UNREACHABLE',
  'ERR_ASPIS_STORE_UNAVAILABLE',
])

/** The exit code of what a command threw: the operator's mistakes are 2, a database or server out of reach 3, ours 4. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof AspisError)) return EXIT.internal
  return UNREACHABLE.has(error.code) ? EXIT.unreachable : EXIT.usage
}

/** What the operator reads: no stack for his own mistakes. */
export function errorText(error: unknown): string {
  if (error instanceof ConfigError || error instanceof TargetError) return error.message
  if (error instanceof AspisError) return `aspis: error: ${error.message}`
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `aspis: internal error, please report it: ${stack}`
}

/** stricli's sentences in our form. */
export const TEXT: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput: ({ input, corrections }) => {
    const names = corrections.map(name => name.replaceAll('`', '"')).join(' or ')
    return `aspis: error: unknown command "${input}"${names === '' ? '; "aspis --help" lists them' : ` (did you mean ${names}?)`}`
  },
  exceptionWhileParsingArguments: error =>
    `aspis: error: ${isScannerError(error) ? usageText(error) : String(error)}`,
  exceptionWhileRunningCommand: errorText,
  exceptionWhileLoadingCommandFunction: errorText,
  commandErrorResult: errorText,
}

function usageText(error: ArgumentScannerError): string {
  return formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) => {
      const names = corrections.map(name => `"--${name.replace(/^-+/, '')}"`).join(' or ')
      return `unknown flag "--${input}"${names === '' ? '' : ` (did you mean ${names}?)`}`
    },
    AliasNotFoundError: ({ input }) => `unknown flag "-${input}"`,
    UnsatisfiedPositionalError: ({ placeholder }) => `<${placeholder}> is missing`,
    UnexpectedPositionalError: ({ input }) => `"${input}" is too much`,
  })
}

function isScannerError(error: unknown): error is ArgumentScannerError {
  return (
    error instanceof Error &&
    'constructor' in error &&
    /(Alias|Argument|Enum|Flag|Positional)/.test(error.constructor.name)
  )
}
