import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { token } from '../saying.ts'
import type { Trial } from '../trial.ts'

/** Guesses before the right one, some at a time. */
const GUESSES = 24
const AT_ONCE = 6

/** What svcrack does: one challenge, then password after password without waiting, and the right one among them. */
export const passwordScan = attack({
  id: 'password-scan',
  entry: 'G03',
  title: 'tries password after password for an extension, as svcrack does',
  threats: ['password-guessing', 'known-internet-attacks'],
  clause: '§3.3, brute force',
  references: ['RFC 7616 §5.8', 'RFC 3261 §22.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['account'],
  expected:
    'After some wrong passwords an address gets no more answers, or late ones, even to the right one.',
  mending: {
    aspis: 'On by default: `password-guessing` finds it, and `detection: response` rations, delays and bans.',
    kamailio:
      'Count failures of `www_authorize()` by `$si` and user in an htable with `autoexpire`, and drop beyond five.',
    opensips:
      'Count failures of `www_authorize()` by `$si` and user with `cache_add()` of cachedb_local, and drop beyond five.',
    asterisk: 'Ban by `ChallengeResponseFailed` of the security log with fail2ban; endpoints with an `acl`.',
  },
  async run(trial) {
    // The last account: what befalls it hinders no other attack.
    const index = trial.target.accounts.length - 1
    const owner = await trial.user(index)
    if ((await ask(owner, token())) !== 200)
      return trial.inconclusive('the right password was not taken beforehand')
    const scanner = await trial.user(index, { who: 'scanner' })
    const { statuses, tookMs } = await guess(trial, scanner)
    const counts = { guesses: GUESSES, answered: statuses.filter(status => status !== 0).length }
    if (statuses.length === 0) {
      const again = await ask(await trial.user(index, { who: 'scanner', ip: scanner.line.local.ip }), token())
      return again === 200
        ? trial.resisted('who says that it is a scanner got no challenge, and so could not guess', counts)
        : trial.inconclusive('no challenge was given, and no login was possible from there', counts)
    }
    const said = `${counts.answered} of ${GUESSES} wrong passwords were answered within ${Math.round(tookMs)} ms`
    const right = await ask(await trial.user(index, { who: 'scanner', ip: scanner.line.local.ip }), token())
    if (right === 200 && counts.answered === GUESSES)
      return trial.succeeded(`${said}, and the right one after them was taken at once`, counts)
    const refused = right === 0 ? 'got no answer' : `got ${right}`
    return trial.resisted(
      right === 200
        ? `${said}, and guessing was cut off`
        : `${said}, and the right one after them ${refused}`,
      counts,
    )
  },
})

/** Asks for the bindings, which changes nothing. */
async function ask(agent: Agent, callId: string): Promise<number> {
  const uri = `sip:${agent.domain}`
  return (await agent.askProved({ method: 'REGISTER', uri, to: agent.aor, contact: false, callId })).status
}

async function guess(trial: Trial, scanner: Agent): Promise<{ statuses: readonly number[]; tookMs: number }> {
  const uri = `sip:${scanner.domain}`
  const start = {
    method: 'REGISTER',
    uri,
    to: scanner.aor,
    contact: false,
    userAgent: 'friendly-scanner',
  } as const
  const asked = { ...start, callId: token(), fromTag: token(), cseq: 1 }
  const beganMs = trial.nowMs()
  const { final } = await scanner.ask(asked)
  const statuses: number[] = []
  for (let at = 0; final !== undefined && at < GUESSES; at += AT_ONCE) {
    const guessing = Array.from({ length: AT_ONCE }, async (_, one) => {
      const nc = at + one + 1
      const proof = scanner.proof(final, asked, { password: `guess ${nc}`, nc })
      const lines = proof === undefined ? [] : [proof]
      return (await scanner.ask({ ...asked, cseq: nc + 1, lines }, trial.silenceMs * 4)).status
    })
    const got = await Promise.all(guessing)
    statuses.push(...got)
    if (got.every(status => status === 0)) break
  }
  return { statuses, tookMs: trial.nowMs() - beganMs }
}
