import { accessSync, constants, existsSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { reportHtml } from '../audit/report/html.ts'
import { reportJson } from '../audit/report/json.ts'
import { reportJunit } from '../audit/report/junit.ts'
import type { Report } from '../audit/report/report.ts'
import { reportSarif } from '../audit/report/sarif.ts'
import { reportText } from '../audit/report/text.ts'
import { AspisError } from '../base/errors.ts'
import { type CliContext, print } from './context.ts'

type Format = 'text' | 'json' | 'html' | 'sarif' | 'junit'

/** Flags that say which reports are written where. */
export interface ReportFlags {
  readonly format: Format
  readonly output?: string
  readonly json?: string
  readonly html?: string
  readonly sarif?: string
  readonly junit?: string
}

const WRITERS: Readonly<Record<Format, (report: Report) => string>> = {
  text: report => reportText(report),
  json: reportJson,
  html: reportHtml,
  sarif: reportSarif,
  junit: reportJunit,
}

/** Files that flags ask for. */
export function filesOf(flags: ReportFlags): readonly (readonly [Format, string])[] {
  const { format, output, json, html, sarif, junit } = flags
  const asked: readonly (readonly [Format, string | undefined])[] = [
    [format, output],
    ['json', json],
    ['html', html],
    ['sarif', sarif],
    ['junit', junit],
  ]
  return asked.flatMap(([each, path]) => (path === undefined ? [] : [[each, path] as const]))
}

/** Whether the files can be written is known before the run. @throws AspisError when one cannot */
export function openReports(flags: ReportFlags): void {
  for (const [, path] of filesOf(flags)) {
    try {
      accessSync(existsSync(path) ? path : dirname(path), constants.W_OK)
    } catch (cause) {
      throw unwritable(path, cause)
    }
  }
}

/** Writes every report; what no file was named for goes to standard output. */
export function writeReports(context: CliContext, flags: ReportFlags, report: Report): void {
  for (const [format, path] of filesOf(flags)) write(path, WRITERS[format](report))
  if (flags.output !== undefined) return
  const { stdout, env } = context.process
  const isColoured = stdout.isTTY === true && (env.NO_COLOR ?? '') === ''
  print(context, flags.format === 'text' ? reportText(report, isColoured) : WRITERS[flags.format](report))
}

/** For its owner alone: answers to challenges stand in the ladders, good for guessing at a password. */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 })
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

function unwritable(path: string, cause: unknown): AspisError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  return new AspisError('ERR_ASPIS_USAGE_OUT', `${path}: cannot be written (${why})`, { cause })
}
