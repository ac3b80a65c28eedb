import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { decline, ringThrough } from '../ringing.ts'
import { sdp } from '../saying.ts'
import type { Trial } from '../trial.ts'

/** An initial address message with a calling party of its choice; what it says does not matter here. */
const IAM =
  '\x01\x00\x60\x01\x0a\x03\x02\x08\x06\x83\x90\x21\x43\x65\x0f\x0a\x07\x03\x13\x21\x43\x65\x87\x09\x00'

const BOUNDARY = 'parts'

const multipart = (ip: string): string =>
  [
    `--${BOUNDARY}`,
    'Content-Type: application/sdp',
    '',
    sdp(ip),
    `--${BOUNDARY}`,
    'Content-Type: application/ISUP;version=itu-t92+;base=itu-t92+',
    'Content-Disposition: signal;handling=optional',
    '',
    IAM,
    `--${BOUNDARY}--`,
    '',
  ].join('\r\n')

/** Signalling of the telephone network from who is no exchange: a gateway behind might obey it. */
export const isupBody = attack({
  id: 'isup-body',
  entry: 'G13',
  title: 'sends signalling of the telephone network in the body of a call',
  threats: ['pstn-malformed-signalling', 'pstn-gateway-single-point'],
  clause: '§3.1, PSTN interworking',
  references: ['RFC 3204 §2', 'RFC 3372 §3', 'RFC 3398 §15'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['two-accounts'],
  expected: 'ISUP and QSIG of who is no trunk are taken out or refused.',
  mending: {
    aspis: 'On by default: bodies of the telephone network are taken from trunks alone, others get 415.',
    kamailio:
      'Refuse `has_body("application/isup")` from who is no trunk, or take parts out with `filter_body()` and `remove_body_part()` of textops.',
    opensips:
      'Take parts out with `remove_body_part("application/isup")` of sipmsgops, or refuse what has them.',
    asterisk: 'Asterisk takes no ISUP from bodies: nothing reaches a gateway through it.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const rung = await ringThrough(alice, bob)
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    await decline(rung.ringing)
    const bodies = [
      { contentType: 'application/ISUP;version=itu-t92+;base=itu-t92+', body: IAM },
      { contentType: `multipart/mixed;boundary=${BOUNDARY}`, body: multipart(alice.line.local.ip) },
      { contentType: 'application/QSIG;version=iso', body: IAM },
    ]
    let reached = 0
    let said = ''
    for (const each of bodies) {
      // A new address each time: what is refused to one body is not left over from the one before.
      const caller = await trial.registered(0)
      const { body, final } = await call(trial, caller, bob, each)
      if (body?.includes(IAM) === true) reached++
      said = final
    }
    const counts = { tried: bodies.length, reached }
    if (reached > 0)
      return trial.succeeded(
        `${reached} of ${bodies.length} bodies with signalling of exchanges reached a phone`,
        counts,
      )
    return trial.resisted(
      `none of ${bodies.length} bodies with signalling of exchanges reached the phone (${said})`,
      counts,
    )
  },
})

async function call(
  trial: Trial,
  caller: Agent,
  callee: Agent,
  body: { readonly contentType: string; readonly body: string },
): Promise<{ body: string | undefined; final: string }> {
  const coming = callee.request('INVITE', trial.silenceMs * 3)
  const asking = caller.askProved({ method: 'INVITE', uri: callee.aor, ...body })
  const invite = await coming
  if (invite !== undefined) callee.respond(invite, 486, { toTag: 'busy', contact: false })
  const { final } = await asking
  return { body: invite?.body, final: final?.startLine ?? 'silence' }
}
