import { attack } from '../attack.ts'
import { field, plusLast } from '../malformed/edit.ts'
import { pagesOf } from '../pages.ts'
import { statusFor } from '../probing.ts'
import { token } from '../saying.ts'

const PLACES: readonly ((text: string, put: string) => string)[] = [
  (text, put) => field(text, 'User-Agent', () => put),
  (text, put) => field(text, 'From', value => `"${put}" ${value}`),
  (text, put) => field(text, 'To', value => `"${put}" ${value}`),
  (text, put) => field(text, 'Call-ID', () => put.replaceAll(' ', '')),
  (text, put) => plusLast(text, `Subject: ${put}`),
]

/** A script in every field that a page for administrators may show. */
export const scriptsInPages = attack({
  id: 'scripts-in-pages',
  entry: 'B04',
  title: 'writes scripts into the pages that administrators read',
  threats: ['known-internet-attacks', 'software-bugs'],
  clause: '§2, attacks known from the Internet',
  references: ['RFC 3261 §25.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['admin'],
  expected: 'Pages show the text as text, or not at all.',
  mending: {
    aspis: 'On by default: what a peer said is escaped wherever it is shown; nothing turns it off.',
    kamailio:
      'Use a version of Siremis or of your own pages that escapes what it shows of locations and calls.',
    opensips: 'Use a version of the control panel that escapes what it shows of locations and calls.',
    asterisk: 'Use a version of the web pages that escapes what it shows of peers and calls.',
  },
  async run(trial) {
    const { admin, domain } = trial.target
    if (admin === undefined) return trial.skipped('there is no page of the administration')
    const mark = token()
    const script = `<script>audit('${mark}')</script>`
    const answers = await Promise.all(
      ['REGISTER', 'OPTIONS'].flatMap(method =>
        PLACES.map(put =>
          statusFor(trial, asker =>
            put(asker.text({ method, uri: `sip:${domain}`, contact: false }), script),
          ),
        ),
      ),
    )
    const pages = await pagesOf(admin, trial.answerMs)
    const struck = pages.filter(({ isMarkup, text }) => isMarkup && text.includes(script))
    const answered = answers.filter(answer => answer !== 'silence').length
    const counts = { sent: answers.length, answered, pages: pages.length, struck: struck.length }
    if (struck.length > 0)
      return trial.succeeded(
        `${struck.length} of ${pages.length} pages hold the script as it was sent: ${struck[0]?.url}`,
        counts,
      )
    if (pages.length === 0) return trial.inconclusive(`${admin} gave no page`, counts)
    return trial.resisted(
      `none of ${pages.length} pages holds the script of ${answers.length} requests (${pages.map(({ status }) => status).join(', ')})`,
      counts,
    )
  },
})
