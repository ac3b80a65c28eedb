import { hasCredentials } from '../asked-name.ts'
import { detector, type Report } from '../detector.ts'
import { isHome } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import type { CredentialsJudged, MessageMalformed, RequestSeen, ResponseSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { isWeak } from '../text/families.ts'
import { CleanTexts, type OddField, oddFieldOf } from '../text/odd-fields.ts'
import { judgeLines } from '../text/odd-lines.ts'

const WEAK_SCORE = 10

/**
 * Text that would be more than text behind us: statements of SQL, commands, script, look-ups, format strings, forged
 * log lines and headers, in whatever field and whatever spelling. Judged is what a reader behind several decoders would
 * see, so escapes, letter case, comments, full-width letters and folding hide nothing; names with an apostrophe, a plus
 * or two dashes stay names.
 */
export const injection = detector({
  id: 'injection',
  title: 'A field holds a statement, a command or script',
  class: 'signature',
  threats: ['sql-in-register', 'malformed-messages', 'known-internet-attacks'],
  isSpoofable: true,
  score: 50,
  evasion:
    'A text that no family knows, or one cut into several fields that only its victim joins. What reads the text has to be safe by itself; here only the try is seen.',
  thresholds: {},
  start({ hash, report }) {
    const clean = new CleanTexts(hash)

    function tell(
      seen: CredentialsJudged | MessageMalformed | RequestSeen | ResponseSeen,
      found: OddField | undefined,
    ): void {
      if (found === undefined) return
      const weak: Partial<Report> = isWeak(found.family) ? { score: WEAK_SCORE } : {}
      report({
        subject: subjectOfSource(seen.source),
        ...{ seen, value: 1, limit: 1, confidence: isWeak(found.family) ? 'low' : 'medium' },
        ...weak,
        why: `${seen.source.ip} sent ${WORDS[found.family]} in ${quoted(found.field, 24)}: ${quoted(found.text)}`,
      })
    }

    return {
      request(seen) {
        const { request, source, atMs } = seen
        const isThorough = !seen.isInDialog && (!isHome(source, atMs) || !hasCredentials(request))
        const found = oddFieldOf(request, isThorough, clean)
        if (found !== undefined) tell(seen, found)
      },
      response(seen) {
        const found = oddFieldOf(seen.response, false, clean)
        if (found !== undefined) tell(seen, found)
      },
      credentials(seen) {
        tell(seen, judgeName(clean, 'user name', seen.user) ?? judgeName(clean, 'realm', seen.realm))
      },
      malformed(seen) {
        tell(seen, judgeLines(seen.text))
      },
    }
  },
})

/** Families in words, with an article. */
const WORDS: Readonly<Record<OddField['family'], string>> = {
  command: 'a command for a shell',
  'control-character': 'a control character',
  directory: 'a filter of LDAP',
  'format-string': 'a format string',
  'header-injection': 'line ends for another header field',
  'hidden-character': 'characters that are not seen',
  'log-forgery': 'the end of a log entry and another one',
  'look-up': 'a look-up for a logging library',
  'object-key': 'a key that interpreters know',
  'overlong-encoding': 'characters in a forbidden encoding',
  path: 'a path to another folder',
  script: 'script or markup',
  'spreadsheet-formula': 'a formula for a spreadsheet',
  sql: 'a statement of SQL',
  'sql-literal': 'a name in hexadecimal digits',
  template: 'a template that would be run',
  'terminal-escape': 'an escape sequence for terminals',
}

/** Most names are letters and digits. */
function judgeName(clean: CleanTexts, field: string, name: string): OddField | undefined {
  for (let i = 0; i < name.length; i += 1) {
    const code = name.charCodeAt(i)
    const letter = code | 32
    if ((letter >= 97 && letter <= 122) || (code >= 48 && code <= 57)) continue
    if (code === 46 || code === 64 || code === 45 || code === 43) continue
    return clean.judge(field, name, 'free')
  }
  return isKeyLike(name) ? clean.judge(field, name, 'free') : undefined
}

function isKeyLike(name: string): boolean {
  return (
    name.startsWith('0x') ||
    (name.length >= 9 && (name.startsWith('c') || name.startsWith('h') || name.startsWith('p')))
  )
}
