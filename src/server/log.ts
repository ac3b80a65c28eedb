import { Secret } from '../base/secret.ts'

/** One JSON object a line when piped, one short line on a terminal. */
export type LogLevelName = 'debug' | 'info' | 'warn' | 'error'

/** What may stand in a log line; anything else does not compile. */
export type LogValue =
  | string
  | number
  | boolean
  | bigint
  | Error
  | Secret
  | readonly (string | number)[]
  | undefined

/** Values beside the event's name; strings may come from a peer. */
export type LogFields = Readonly<Record<string, LogValue>>

/** Writes log lines; never throws on what it is given. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** Lines not written because their event was too frequent, since the start. */
  readonly suppressed: number
  /** Whether lines of the lowest level are written: asked before their fields are made. */
  readonly isDebug: boolean
  setLevel(level: LogLevelName): void
}

export interface LogOptions {
  readonly level: LogLevelName
  readonly format: 'json' | 'text'
  /** ANSI colours; text only. */
  readonly colour?: boolean
  readonly write: (line: string) => void
  /** Wall clock in ms since 1970. */
  readonly nowMs: () => number
  /** Lines of one event name in `windowMs`; the rest is counted. Default 20. */
  readonly maxPerWindow?: number
  /** Default 10 000 ms. */
  readonly windowMs?: number
}

const LEVELS: Readonly<Record<LogLevelName, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
const COLOURS: Readonly<Record<LogLevelName, string>> = { debug: '2', info: '32', warn: '33', error: '31' }
const MAX_VALUE_CHARS = 512
const SECRET_KEYS = new Set([
  'authorization',
  'proxy-authorization',
  'password',
  'ha1',
  'token',
  'key',
  'secret',
])

interface Window {
  startMs: number
  written: number
  dropped: number
}

/**
 * Makes a log. A frequent event cannot drown the others or fill the disk: each name has its own budget,
 * and what was left out is told with the next line that is written.
 */
export function createLog(options: LogOptions): Log {
  const { write, nowMs } = options
  const maxPerWindow = options.maxPerWindow ?? 20
  const windowMs = options.windowMs ?? 10_000
  // Keyed by event names, which are ours and few.
  const windows = new Map<string, Window>()
  let threshold = LEVELS[options.level]
  let suppressed = 0

  const line = (level: LogLevelName, event: string, fields: LogFields): void => {
    if (LEVELS[level] < threshold) return
    const now = nowMs()
    let window = windows.get(event)
    if (window === undefined) {
      window = { startMs: now, written: 0, dropped: 0 }
      windows.set(event, window)
    }
    let left = 0
    if (now - window.startMs >= windowMs) {
      left = window.dropped
      window.startMs = now
      window.written = 0
      window.dropped = 0
    }
    if (window.written >= maxPerWindow) {
      window.dropped += 1
      suppressed += 1
      return
    }
    window.written += 1
    const all = left > 0 ? { ...fields, leftOut: left } : fields
    write(
      options.format === 'json'
        ? jsonLine(now, level, event, all)
        : textLine(now, level, event, all, options),
    )
  }

  return {
    debug: (event, fields = {}) => line('debug', event, fields),
    info: (event, fields = {}) => line('info', event, fields),
    warn: (event, fields = {}) => line('warn', event, fields),
    error: (event, fields = {}) => line('error', event, fields),
    get suppressed() {
      return suppressed
    },
    get isDebug() {
      return threshold === LEVELS.debug
    },
    setLevel: level => {
      threshold = LEVELS[level]
    },
  }
}

/** Escapes what could forge a line, move a cursor or turn the reading direction. */
function escapeControls(text: string): string {
  // biome-ignore format: one range a part
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, char =>
    `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function jsonLine(nowMs: number, level: LogLevelName, event: string, fields: LogFields): string {
  const object: Record<string, unknown> = { time: new Date(nowMs).toISOString(), level, event }
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue
    object[key in object ? `${key}_` : key] = plain(key, value)
  }
  // What JSON leaves raw beyond ASCII control characters is escaped the way JSON escapes.
  return `${escapeControls(JSON.stringify(object))}\n`
}

function textLine(
  nowMs: number,
  level: LogLevelName,
  event: string,
  fields: LogFields,
  options: LogOptions,
): string {
  const time = new Date(nowMs).toISOString().slice(11, 19)
  const word = level.padEnd(5)
  const shown = options.colour === true ? `\u001b[${COLOURS[level]}m${word}\u001b[0m` : word
  let text = `${time} ${shown} ${event}`
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue
    const printed = escapeControls(String(plain(key, value)))
    text += ` ${key}=${printed === '' || /[\s"=]/.test(printed) ? JSON.stringify(printed) : printed}`
  }
  return `${text}\n`
}

function plain(key: string, value: Exclude<LogValue, undefined>): string | number | boolean {
  if (value instanceof Secret || SECRET_KEYS.has(key.toLowerCase())) return '[secret]'
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Error) return cut(value.stack ?? value.message)
  if (typeof value === 'object') return cut(value.join(' '))
  return cut(String(value))
}

function cut(text: string): string {
  if (text.length <= MAX_VALUE_CHARS) return text
  return `${text.slice(0, MAX_VALUE_CHARS)}… (${text.length} characters)`
}
