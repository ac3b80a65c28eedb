import { attack } from '../attack.ts'
import type { Heard } from '../heard.ts'
import { field } from '../malformed/edit.ts'
import type { Trial } from '../trial.ts'

/** Directives of printf and its kin, in characters that may stand in a token (RFC 3261 §25.1). */
const DIRECTIVES = '%s%d%i%x%p%n%j%o%c%%'

/** A field of a request with directives in it, which its answer must bring back octet for octet. */
interface Place {
  readonly what: string
  readonly put: (text: string, directives: string) => string
  /** What the answer must hold. */
  readonly echoed: (answer: Heard) => string
}

const PLACES: readonly Place[] = [
  {
    what: 'the display name of From',
    put: (text, directives) => field(text, 'From', value => `"${directives}" ${value}`),
    echoed: answer => answer.header('From'),
  },
  {
    what: 'the tag of From',
    put: (text, directives) => field(text, 'From', value => `${value}${directives}`),
    echoed: answer => answer.header('From'),
  },
  {
    what: 'the display name of To',
    put: (text, directives) => field(text, 'To', value => `"${directives}" ${value}`),
    echoed: answer => answer.header('To'),
  },
  {
    what: 'Call-ID',
    put: (text, directives) => field(text, 'Call-ID', value => `${directives}${value}`),
    echoed: answer => answer.callId,
  },
  {
    what: 'the branch of Via',
    put: (text, directives) => field(text, 'Via', value => value.replace(';rport', `${directives};rport`)),
    echoed: answer => answer.header('Via'),
  },
]

/** Directives for functions that print: a server that lets them work shows or writes its memory. */
export const formatStrings = attack({
  id: 'format-strings',
  entry: 'P09',
  title: 'puts directives of printf into every field that comes back',
  threats: ['software-bugs', 'malformed-messages'],
  clause: 'Table 1, row 2: software bugs',
  references: ['RFC 3261 §8.2.6.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'The fields come back octet for octet, or the request is refused without them.',
  mending: {
    aspis: 'On by default: no text of a peer is a format; nothing turns it off.',
    kamailio:
      'Keep to a version that still gets fixes, and give `xlog()` what comes from outside by variables, never as its format.',
    opensips:
      'Keep to a version that still gets fixes, and give `xlog()` what comes from outside by variables, never as its format.',
    asterisk:
      'Keep to a version that still gets fixes, and pass what comes from outside through `FILTER()` in the dialplan.',
  },
  async run(trial) {
    const plain = await Promise.all(PLACES.map(place => probe(trial, place, 'plain')))
    const given = await Promise.all(PLACES.map(place => probe(trial, place, DIRECTIVES)))
    const judged = given.filter(({ isBack }, at) => isBack !== undefined && plain[at]?.isBack === true)
    const changed = judged.filter(({ isBack }) => isBack === false)
    const counts = { tried: PLACES.length, judged: judged.length, changed: changed.length }
    if (changed.length > 0)
      return trial.succeeded(
        `directives in ${changed.map(({ what }) => what).join(', ')} came back as something else, plain text did not`,
        counts,
      )
    if (!(await trial.isServing()))
      return trial.succeeded('after directives in its fields the server answered nobody', counts)
    if (judged.length === 0)
      return trial.inconclusive('no request with directives or none with plain text was answered', counts)
    return trial.resisted(
      `directives in ${judged.length} of ${PLACES.length} fields came back octet for octet`,
      counts,
    )
  },
})

/** Whether the text came back as it was; nothing when there was no answer. */
async function probe(
  trial: Trial,
  { what, put, echoed }: Place,
  text: string,
): Promise<{ readonly what: string; readonly isBack: boolean | undefined }> {
  const asker = await trial.stranger()
  const user = trial.target.accounts[0]?.user ?? 'somebody'
  const uri = `sip:${trial.target.domain}`
  const asked = asker.text({
    method: 'REGISTER',
    uri,
    to: `sip:${user}@${trial.target.domain}`,
    contact: false,
  })
  await trial.turn()
  asker.line.send(put(asked, text))
  const answer = await asker.line.next(heard => heard.status >= 200, trial.answerMs)
  return { what, isBack: answer === undefined ? undefined : echoed(answer).includes(text) }
}
