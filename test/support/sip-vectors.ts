import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

/** One message of `test/vectors/sip` and what must become of it. */
export interface SipVector {
  readonly name: string
  /** The rule that it stands for, with its clause. */
  readonly rule: string
  readonly isDatagram: boolean
  /** `accept` or the name of a refusal. */
  readonly verdict: string
  readonly text: string
}

const FOLDER = resolve(import.meta.dirname, '../vectors/sip')

/**
 * Reads all vectors. A file is three lines that begin with `# ` (rule, datagram or frame, verdict) and the message:
 * a line end is CR LF; `\r \n \0 \t \\ \xNN` are octets, a backslash before the line end takes it away, and
 * `\{3*text}` is the text three times.
 */
export function sipVectors(): readonly SipVector[] {
  return readdirSync(FOLDER)
    .sort()
    .map(file => {
      const [rule = '', kind = '', verdict = '', ...lines] = readFileSync(join(FOLDER, file), 'utf8').split(
        '\n',
      )
      return {
        name: basename(file, '.txt'),
        rule: rule.slice(2),
        isDatagram: kind === '# datagram',
        verdict: verdict.slice(2),
        text: octetsOf(lines.join('\n')),
      }
    })
}

const SINGLE: Readonly<Record<string, string>> = {
  r: '\r',
  n: '\n',
  '0': '\0',
  t: '\t',
  '\\': '\\',
  '\n': '',
}

function octetsOf(source: string): string {
  return source.replaceAll(
    /\\\{(\d+)\*([^}]*)\}|\\x([0-9a-f]{2})|\\([\s\S])|\n/g,
    (_all, count?: string, repeated?: string, hex?: string, single?: string) => {
      if (repeated !== undefined) return octetsOf(repeated).repeat(Number(count))
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      return single === undefined ? '\r\n' : (SINGLE[single] ?? `\\${single}`)
    },
  )
}
