import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import type { Saying } from '../saying.ts'

const PASSED = 'TN-Validation-Passed'

/** Ways to say that a signature was verified, which only a verification service may say. */
const FORMS: Readonly<Record<string, (user: string, domain: string) => Partial<Saying>>> = {
  'in the URI of From': (user, domain) => ({ from: `sip:${user}@${domain};verstat=${PASSED}` }),
  'in the user part of From': (user, domain) => ({
    from: `sip:${user};verstat=${PASSED}@${domain};user=phone`,
  }),
  'in P-Asserted-Identity': (user, domain) => ({
    lines: [`P-Asserted-Identity: <sip:${user}@${domain};verstat=${PASSED}>`],
  }),
  'by P-Attestation-Indicator': () => ({ lines: ['P-Attestation-Indicator: A'] }),
}

/** A caller who marks himself as verified. */
export const forgedVerstat = attack({
  id: 'forged-verstat',
  entry: 'D02',
  title: 'has himself shown as verified, by words that only a verification service may say',
  threats: ['spoofing', 'proxy-unsure-of-user'],
  clause: '§3.3, a proxy between cannot be sure of the user; Table 1, row 4',
  references: ['RFC 8224 §6.2', 'RFC 3325 §5'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'Verification results that a user brings along are taken off, or his call is refused.',
  mending: {
    aspis: 'On by default: `verstat` in From is 403, and such words elsewhere are taken off.',
    kamailio:
      'Refuse users whose `$fu` holds `verstat`, and `remove_hf()` of P-Asserted-Identity and P-Attestation-Indicator.',
    opensips:
      'Refuse users whose `$fu` holds `verstat`, and `remove_hf()` of P-Asserted-Identity and P-Attestation-Indicator.',
    asterisk: 'It makes calls of its own; set `callerid` and leave `trust_id_inbound` at `no`.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const saying = { method: 'INVITE', uri: bob.aor }
    const honest = await reach(alice, bob, saying)
    if (honest.request === undefined)
      return trial.inconclusive(`an honest call did not ring: ${answered(honest.answer)}`)
    const shown: string[] = []
    const others: string[] = []
    let silent = 0
    for (const [name, form] of Object.entries(FORMS)) {
      const more = form(alice.account?.user ?? '', trial.target.domain)
      const { answer, request } = await reach(alice, bob, { ...saying, ...more })
      if (request === undefined && answer.status === 0) silent++
      if (request === undefined) others.push(`${name}: ${answered(answer)}`)
      else if (/verstat=TN-Validation-Passed|^P-Attestation-Indicator/im.test(request.text)) shown.push(name)
      else others.push(`${name}: taken off`)
    }
    const counts = { tried: Object.keys(FORMS).length, shown: shown.length }
    if (shown.length > 0) return trial.succeeded(`the call rang as verified: ${shown.join('; ')}`, counts)
    // Silence may be a server that is slow.
    if (silent > 0) return trial.inconclusive(others.join('; '), counts)
    return trial.resisted(others.join('; '), counts)
  },
})
