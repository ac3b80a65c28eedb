import { type Attack, attack, type Mending, type Severity } from './attack.ts'
import { answered, reach } from './reach.ts'
import { type Reference, type Referrer, referenceOf, referredCall, referrerOf } from './reference.ts'

/** What is known when a bad reference is made. */
export interface ReferralGround {
  readonly referrer: Referrer
  /** The refer target. */
  readonly callee: string
  readonly domain: string
  /** The reference of the call that rang before. */
  readonly used: Reference
}

/** Attacks that differ in what is wrong with the reference. */
export interface BadReference {
  readonly id: string
  readonly entry: string
  readonly title: string
  readonly threats: readonly [string, ...string[]]
  readonly clause: string
  readonly references: readonly [string, ...string[]]
  readonly severity: Severity
  readonly expected: string
  /** Tried of a referrer too whom the target does not know: what is broken is broken for all. */
  readonly isOfAnybody?: boolean
  /** By name. */
  readonly made: Readonly<Record<string, (ground: ReferralGround) => Reference>>
}

/** The referee calls as he was asked to, which must ring; then with a reference that is no such word. */
export function badReference(bad: BadReference): Attack {
  return attack({
    id: bad.id,
    entry: bad.entry,
    title: bad.title,
    threats: bad.threats,
    clause: bad.clause,
    references: bad.references,
    severity: bad.severity,
    isIntrusive: false,
    maxMessages: 60,
    needs: bad.isOfAnybody === true ? ['two-accounts'] : ['two-accounts', 'smime'],
    expected: bad.expected,
    mending: REFERENCE_MENDING,
    async run(trial) {
      const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
      const referrer = referrerOf(trial.target, alice.aor)
      const used = referenceOf(referrer, alice.aor)
      const ground = { referrer, callee: alice.aor, domain: trial.target.domain, used }
      const isKnown = trial.target.smime !== undefined
      const call = (reference: Reference) => referredCall(alice.aor, bob.line.local.ip, reference)
      const plain = { method: 'INVITE', uri: alice.aor } as const
      const honest = await reach(bob, alice, isKnown ? call(used) : plain)
      if (honest.request === undefined)
        return trial.inconclusive(`an honest call did not ring: ${answered(honest.answer)}`)
      const passed: string[] = []
      const refused: string[] = []
      for (const [name, make] of Object.entries(bad.made)) {
        const { answer, request } = await reach(bob, alice, call(make(ground)))
        if (request !== undefined && request.header('Referred-By') !== '') passed.push(name)
        else refused.push(`${name}: ${request === undefined ? answered(answer) : 'rang without Referred-By'}`)
      }
      const counts = { tried: Object.keys(bad.made).length, passed: passed.length }
      if (passed.length > 0)
        return trial.succeeded(`it rang with its Referred-By: ${passed.join('; ')}`, counts)
      const before = isKnown ? 'a good reference rang' : 'a call without a reference rang'
      return trial.resisted(`${before}; ${refused.join('; ')}`, counts)
    },
  })
}

const REFERENCE_MENDING: Mending = {
  aspis:
    'On by default: a token that is broken, of another request or used is 429; `refer: require-token` demands one.',
  kamailio:
    'It judges no tokens: textops `remove_hf("Referred-By")` in calls of users, or refuse them with 429.',
  opensips:
    'It judges no tokens: sipmsgops `remove_hf("Referred-By")` in calls of users, or refuse them with 429.',
  asterisk: 'It judges no tokens, and makes calls of its own; believe no Referred-By in the dialplan.',
}
