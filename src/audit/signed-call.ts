import { generateKeyPairSync } from 'node:crypto'
import type { Agent } from './agent.ts'
import { type Attack, attack, type Mending, type Need, type Severity } from './attack.ts'
import type { Heard } from './heard.ts'
import { identityOf, type TokenWish } from './passport.ts'
import { answered, reach } from './reach.ts'
import type { Saying } from './saying.ts'
import type { Account, StirNeighbour } from './target.ts'
import type { Trial } from './trial.ts'

/** A neighbour who signs his calls, and the user of ours whom he calls. */
export interface SignedGround {
  readonly trial: Trial
  readonly neighbour: StirNeighbour
  /** Speaks from the neighbour's address. */
  readonly caller: Agent
  readonly callee: Agent
  /** The token of the call that rang at the beginning. */
  readonly used: string
  /** Of the callee, as a token says it. */
  readonly dest: Readonly<Record<string, unknown>>
  /** The Identity value of a good token, with changes. */
  token(changes?: Partial<TokenWish>): string
  /** An INVITE of the neighbour with those Identity values. */
  invite(identities: readonly string[], more?: Partial<Saying>): Saying
}

/** One bad call. */
export type BadCall = (ground: SignedGround) => Saying

/** Attacks that differ in what is wrong with the token. */
export interface BadToken {
  readonly id: string
  readonly entry: string
  readonly title: string
  readonly clause: string
  readonly references: readonly [string, ...string[]]
  readonly severity: Severity
  readonly expected: string
  /** Tried of strangers too where no neighbour is known; else a trusted key is needed. */
  readonly isOfAnybody?: boolean
  readonly mending?: Mending
  /** Why it cannot be tried with the key of that neighbour. */
  readonly unfit?: (neighbour: StirNeighbour) => string | undefined
  /** By name. */
  readonly calls: Readonly<Record<string, BadCall>>
}

/** Calls with a good token first: it must ring. Then a bad one must be refused, or come with a mark of its own. */
export function badToken(bad: BadToken): Attack {
  const needs: readonly Need[] = bad.isOfAnybody === true ? ['two-accounts'] : ['two-accounts', 'stir']
  return attack({
    id: bad.id,
    entry: bad.entry,
    title: bad.title,
    threats: ['proxy-unsure-of-user', 'spoofing', 'replay'],
    clause: bad.clause,
    references: bad.references,
    severity: bad.severity,
    isIntrusive: false,
    maxMessages: 80,
    needs,
    expected: bad.expected,
    mending: bad.mending ?? STIR_MENDING,
    async run(trial) {
      const { stir } = trial.target
      const unfit = stir === undefined ? undefined : bad.unfit?.(stir)
      if (unfit !== undefined) return trial.skipped(unfit)
      const ground = await signedGround(trial)
      const { caller, callee } = ground
      const isKnown = stir !== undefined
      const good = ground.invite(isKnown ? [ground.used] : [])
      const withinMs = isKnown ? trial.answerMs : trial.silenceMs
      const honest = await reach(caller, callee, good, { isBare: true, withinMs: trial.answerMs })
      if (isKnown && honest.request === undefined)
        return trial.inconclusive(`a call with a good token did not ring: ${answered(honest.answer)}`)
      const look = honest.request === undefined ? '' : lookOf(honest.request)
      const passed: string[] = []
      const refused: string[] = []
      for (const [name, call] of Object.entries(bad.calls)) {
        const { answer, request } = await reach(caller, callee, call(ground), { isBare: true, withinMs })
        if (request === undefined) refused.push(`${name}: ${answered(answer)}`)
        else if (isMarked(request, look, isKnown)) refused.push(`${name}: rang with a mark`)
        else passed.push(name)
      }
      const counts = { tried: Object.keys(bad.calls).length, passed: passed.length }
      const who = isKnown ? 'as with a good token' : 'from somebody outside, unmarked'
      if (passed.length > 0) return trial.succeeded(`calls rang ${who}: ${passed.join('; ')}`, counts)
      if (isKnown) return trial.resisted(`a good token rang; ${refused.join('; ')}`, counts)
      const plain = honest.request === undefined ? 'did not ring either' : 'rang'
      return trial.resisted(`${refused.join('; ')}; a call from outside without a token ${plain}`, counts)
    },
  })
}

/** Registers the callee, and opens a line from where the neighbour is known. */
export async function signedGround(trial: Trial): Promise<SignedGround> {
  const { stir, domain, accounts } = trial.target
  const known = stir ?? ownNeighbour()
  const neighbour = { ...known, number: known.number.replace(/\D/g, '') }
  const callee = await trial.registered(1)
  const caller = await trial.stranger({
    who: 'neighbour',
    ...(stir?.ip === undefined ? {} : { ip: stir.ip }),
  })
  const dest = destOf(accounts[1], domain)
  const from = `sip:+${neighbour.number}@${neighbour.domain ?? domain}`
  return {
    trial,
    neighbour,
    caller,
    callee,
    dest,
    used: identityOf(neighbour, { dest }),
    token: changes => identityOf(neighbour, { dest, ...changes }),
    invite: (identities, more = {}) => ({
      method: 'INVITE',
      uri: callee.aor,
      from,
      ...more,
      lines: [
        `Date: ${new Date().toUTCString()}`,
        ...identities.map(value => `Identity: ${value}`),
        ...(more.lines ?? []),
      ],
    }),
  }
}

function destOf(account: Account | undefined, domain: string): Readonly<Record<string, unknown>> {
  const user = account?.user ?? ''
  return /^\+?\d+$/.test(user) ? { tn: [user.replace('+', '')] } : { uri: [`sip:${user}@${domain}`] }
}

/** Somebody from outside whom nobody trusts. */
function ownNeighbour(): StirNeighbour {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: '',
    url: 'https://certificates.invalid/nobody.pem',
    number: '15550100',
    domain: 'elsewhere.invalid',
  }
}

const VERSTAT = /verstat=([a-z-]+)/i

/** What a callee is told of the verification, beside the call itself. */
function lookOf(invite: Heard): string {
  const verstat = ['From', 'P-Asserted-Identity'].map(name => VERSTAT.exec(invite.header(name))?.[1] ?? '')
  return [invite.all('Identity').length > 0, ...verstat, invite.header('P-Attestation-Indicator')].join(' ')
}

function isMarked(invite: Heard, goodLook: string, isKnown: boolean): boolean {
  if (isKnown) return lookOf(invite) !== goodLook
  return invite.all('Identity').length === 0 || /validation-failed/i.test(lookOf(invite))
}

/** How a server judges tokens at all; what its modules do not look at stands at the attack. */
export const STIR_MENDING: Mending = {
  aspis:
    '`identity: { verify: demand, roots: … }`: each token is judged whole, and a bad one is refused with its code.',
  kamailio:
    'stirshaken: `if (stirshaken_check_identity() != 1) send_reply("438", "Invalid Identity Header")`, with `vs_verify_x509_cert_path` 1 and `vs_ca_dir`.',
  opensips: 'stir_shaken: `stir_shaken_verify(…)` with `ca_list` set; answer its error code and reason.',
  asterisk:
    'stir_shaken.conf, `[verification]`: `failure_action=reject_request` and `ca_file`; at the endpoint `stir_shaken=yes` and a `stir_shaken_profile` with `endpoint_behavior=verify`.',
}
