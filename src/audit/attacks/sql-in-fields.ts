import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { field, startLine } from '../malformed/edit.ts'
import { statusFor } from '../probing.ts'
import { token } from '../saying.ts'
import type { Trial } from '../trial.ts'

/** A quote, in the ways that end up as one. */
const QUOTES: Readonly<Record<string, string>> = {
  'a quote': `'`,
  'an escaped quote': '%27',
  'a wide quote, escaped': '%EF%BC%87',
  'a backslash and a quote': `%5C'`,
}

/** Where a server may look something up, or write it down. */
const PLACES: Readonly<Record<string, (asker: Agent, put: string, domain: string) => string>> = {
  'the called user': (asker, put, domain) =>
    startLine(asker.text({ method: 'OPTIONS', uri: `sip:${domain}`, contact: false }), line =>
      line.replace('sip:', `sip:nobody${put}@`),
    ),
  'the user of To in a REGISTER': (asker, put, domain) =>
    asker.text({ method: 'REGISTER', uri: `sip:${domain}`, to: `sip:nobody${put}@${domain}` }),
  'the user of From': (asker, put, domain) =>
    field(asker.text({ method: 'OPTIONS', uri: `sip:${domain}`, contact: false }), 'From', value =>
      value.replace('@', `${put}@`),
    ),
  'the realm': (asker, put, domain) =>
    asker.text({
      method: 'REGISTER',
      uri: `sip:${domain}`,
      to: `sip:nobody@${domain}`,
      lines: [
        `Authorization: Digest username="nobody", realm="x${put}", nonce="x", uri="sip:${domain}", response="${token()}"`,
      ],
    }),
}

/** SQL in every other field that is looked up or written down. */
export const sqlInFields = attack({
  id: 'sql-in-fields',
  entry: 'B02',
  title: 'breaks queries by quotes in names, contacts, realms and agents',
  threats: ['sql-in-register'],
  clause: '§3.1, SQL injection in a REGISTER',
  references: ['RFC 3261 §25.1', 'RFC 3261 §19.1.2'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 200,
  needs: ['account'],
  expected: 'A quote is answered like any other letter, or refused; it breaks no query.',
  mending: {
    aspis: 'On by default: fields go to databases as bound parameters alone; nothing turns it off.',
    kamailio:
      'Write no `sql_query()` or `sql_xquery()` with `$rU`, `$tU` or `$ua` but through `{s.escape.common}`.',
    opensips: 'Write no `sql_query()` with `$rU`, `$tU` or `$ua` but through `{s.escape.common}`.',
    asterisk:
      'Pass what goes into func_odbc through `SQL_ESC()`, names of extensions through `FILTER()` first.',
  },
  async run(trial) {
    const { domain } = trial.target
    const asked = Object.entries(PLACES).flatMap(([place, say]) =>
      Object.entries(QUOTES).map(([quote, octets]) => ({
        what: `${quote} in ${place}`,
        octets,
        status: (put: string) => statusFor(trial, asker => say(asker, put, domain)),
      })),
    )
    const written = ['User-Agent', 'Contact', 'Call-ID'].map(name => ({
      what: `a quote in ${name}`,
      octets: `'`,
      status: (put: string) => registered(trial, name, put),
    }))
    const fates = await Promise.all([...asked, ...written].map(each => compare(each)))
    const judged = fates.filter(({ plain }) => /^[2-4]/.test(plain))
    const broken = judged.filter(({ isBroken }) => isBroken)
    const counts = { tried: fates.length, judged: judged.length, broken: broken.length }
    if (broken.length > 0)
      return trial.succeeded(
        `${broken.length} of ${judged.length} fields broke a query: ${broken[0]?.told}`,
        counts,
      )
    if (judged.length === 0) return trial.inconclusive('no field without a quote was answered', counts)
    return trial.resisted(`no quote broke a query, in ${judged.length} places and spellings`, counts)
  },
})

interface Place {
  readonly what: string
  readonly octets: string
  readonly status: (put: string) => Promise<string>
}

/** One quote ends a text in a query and breaks it, two are a quote in it; a letter is neither. */
async function compare({ what, octets, status }: Place) {
  const [plain, one, two] = [await status('x'), await status(octets), await status(`${octets}${octets}`)]
  const isBroken = one.startsWith('5') && !plain.startsWith('5') && !two.startsWith('5')
  return { plain, isBroken, told: `${what} got ${one}, two of them ${two}, a letter ${plain}` }
}

/** Asks honestly, with credentials, for what may be written down on the way; nothing is bound for long. */
async function registered(trial: Trial, name: string, put: string): Promise<string> {
  const alice = await trial.user(0)
  const uri = `sip:${trial.target.domain}`
  const contact = alice.contact.replace(';', `;x=${put};`)
  const asked = {
    method: 'REGISTER',
    uri,
    to: alice.aor,
    contact: name === 'Contact' ? (contact === alice.contact ? `${contact};x=${put}` : contact) : false,
    ...(name === 'User-Agent' ? { userAgent: `aspis-audit ${put}` } : {}),
    ...(name === 'Call-ID' ? { callId: `${token()}${put}` } : {}),
  } as const
  const lines = name === 'Contact' ? ['Expires: 0'] : []
  const { final } = await alice.askProved({ ...asked, lines })
  return final?.startLine.slice(8, 11) ?? 'silence'
}
