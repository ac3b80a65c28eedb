import { type Attack, attack, type Mending, type Severity } from './attack.ts'
import type { Heard } from './heard.ts'
import { answered, reach } from './reach.ts'

/** A claim about the caller that only a trusted network may make, made by a user. */
export interface Claim {
  readonly id: string
  readonly title: string
  readonly references: readonly [string, ...string[]]
  readonly severity: Severity
  readonly expected: string
  readonly mending: Mending
  /** Lines that the user puts into his INVITE. */
  lines(domain: string): readonly string[]
  /** The claim as the callee would believe it; nothing when none came. */
  believed(invite: Heard): string | undefined
}

/** Calls honestly first, so that a call that does not ring says something; then with the claim. */
export function injection(claim: Claim): Attack {
  return attack({
    id: claim.id,
    entry: 'D02',
    title: claim.title,
    threats: ['spoofing', 'proxy-unsure-of-user'],
    clause: '§3.3, a proxy between cannot be sure of the user; Table 1, row 4',
    references: claim.references,
    severity: claim.severity,
    isIntrusive: false,
    maxMessages: 60,
    needs: ['two-accounts'],
    expected: claim.expected,
    mending: claim.mending,
    async run(trial) {
      const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
      const saying = { method: 'INVITE', uri: bob.aor }
      const honest = await reach(alice, bob, saying)
      if (honest.request === undefined)
        return trial.inconclusive(`an honest call did not ring: ${answered(honest.answer)}`)
      const forged = await reach(alice, bob, { ...saying, lines: claim.lines(trial.target.domain) })
      const refused = `the call with the claim was answered ${answered(forged.answer)} and rang nowhere`
      if (forged.request === undefined && forged.answer.status > 0) return trial.resisted(refused)
      // Silence may be a server that is slow: an honest call after it must ring, and this one not come late.
      const after = forged.request === undefined ? await reach(alice, bob, saying) : forged
      if (after.request === undefined)
        return trial.inconclusive(`${refused}; an honest one after it did not ring either`)
      const invites = bob.line.heard.filter(({ method }) => method === 'INVITE')
      const believed = invites.map(invite => claim.believed(invite)).find(each => each !== undefined)
      if (believed === undefined && forged.request === undefined) return trial.resisted(refused)
      return believed === undefined
        ? trial.resisted('the call rang, and nothing of the claim had come with it')
        : trial.succeeded(`the call rang with ${believed}`)
    },
  })
}

/** The first line of those names that holds the forged word, as it came. */
export function lineWith(invite: Heard, names: readonly string[], word: string): string | undefined {
  for (const name of names) {
    const value = invite.all(name).find(each => each.includes(word))
    if (value !== undefined) return `${name}: ${value.slice(0, 120)}`
  }
  return undefined
}

/** Names by which a callee is told who calls. */
export const ASSERTING = ['P-Asserted-Identity', 'Remote-Party-ID', 'From'] as const
