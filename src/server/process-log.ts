import type { LogConfig } from './config/config.ts'
import { createLog, type Log, type LogFields } from './log.ts'

/** The log of a process: its standard error. @param fields stand in each line */
export function processLog(
  config: LogConfig,
  { stderr, env }: { readonly stderr: NodeJS.WriteStream; readonly env: NodeJS.ProcessEnv },
  fields: LogFields = {},
): Log {
  const isTerminal = stderr.isTTY === true
  const format = config.format === 'auto' ? (isTerminal ? 'text' : 'json') : config.format
  const log = createLog({
    level: config.level,
    format,
    colour: isTerminal && (env.NO_COLOR ?? '') === '',
    write: line => stderr.write(line),
    nowMs: Date.now,
  })
  if (Object.keys(fields).length === 0) return log
  return {
    debug: (event, more = {}) => log.debug(event, { ...fields, ...more }),
    info: (event, more = {}) => log.info(event, { ...fields, ...more }),
    warn: (event, more = {}) => log.warn(event, { ...fields, ...more }),
    error: (event, more = {}) => log.error(event, { ...fields, ...more }),
    get suppressed() {
      return log.suppressed
    },
    get isDebug() {
      return log.isDebug
    },
    setLevel: level => log.setLevel(level),
  }
}
