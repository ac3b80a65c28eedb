import { attack } from '../attack.ts'
import { type Short, shortRequest } from '../short-requests.ts'
import type { Target } from '../target.ts'
import type { Trial } from '../trial.ts'

/** More octets than that for one make the target a weapon. */
const MAX_FACTOR = 1.5
/** An answer that is repeated comes again after 500 ms (RFC 3261 §17.2.1). */
const WINDOW_MS = 800

/** Short requests of every kind from addresses that proved nothing: how much comes back there. */
export const reflection = attack({
  id: 'reflection',
  entry: 'F14',
  title: 'makes the server send more to an address than was sent in its name',
  threats: ['reflection', 'ip-spoofing'],
  clause: '§3.3, packet bombarding',
  references: ['RFC 3261 §26.3.2.4', 'RFC 3261 §17.2.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'Who never proved to receive gets at most 1.5 octets for each that came in his name.',
  mending: {
    aspis: 'On by default: answers to sources without proof are shortened, counted, and never repeated.',
    kamailio:
      'Answer strangers with `sl_send_reply()`, never `t_reply()`; set `server_signature=no` and `sip_warning=0`, and offer one challenge.',
    opensips:
      'Answer strangers with `sl_send_reply()`, never `t_reply()`; set `server_signature=no`, and offer one challenge.',
    asterisk: 'Drop strangers in a packet filter, or take TCP and TLS only: PJSIP answers at full length.',
  },
  async run(trial) {
    const kinds = await Promise.all(kindsOf(trial.target).map(kind => probe(trial, kind)))
    const answered = kinds.filter(({ answers }) => answers > 0)
    const worst = kinds.toSorted((a, b) => b.factor - a.factor)[0]
    const counts = {
      requests: kinds.length,
      answered: answered.length,
      aboveBound: kinds.filter(({ factor }) => factor > MAX_FACTOR).length,
      worstPercent: Math.round((worst?.factor ?? 0) * 100),
    }
    if (worst === undefined || answered.length === 0) {
      const why = `none of ${kinds.length} requests of strangers was answered`
      return trial.hasManyAddresses ? trial.resisted(why, counts) : trial.inconclusive(why, counts)
    }
    const { sent, octets, answers, status, factor, name } = worst
    const told = `${name} of ${sent} octets brought ${octets} octets in ${answers} messages (${status}): ${factor.toFixed(1)} for one`
    if (factor > MAX_FACTOR)
      return trial.succeeded(
        `${told}, and ${counts.aboveBound} of ${kinds.length} kinds of requests more than 1.5`,
        counts,
      )
    return trial.resisted(
      `of ${kinds.length} kinds of requests ${answered.length} were answered; at most ${told}`,
      counts,
    )
  },
})

interface Kind extends Short {
  /** For the reader. */
  readonly name: string
}

async function probe(trial: Trial, kind: Kind) {
  const { line } = await trial.stranger({ transport: 'UDP' })
  const text = shortRequest(line, kind)
  await trial.turn()
  line.send(text)
  await trial.pause(Math.max(WINDOW_MS, trial.silenceMs))
  const octets = line.heardOctets
  const status = line.heard.map(heard => heard.status).join(', ')
  const factor = octets / text.length
  return { name: kind.name, sent: text.length, octets, answers: line.heard.length, status, factor }
}

/** A kind for each answer that servers usually have. */
function kindsOf({ domain, accounts }: Target): readonly Kind[] {
  const home = `sip:${domain}`
  const user = `sip:${accounts[0]?.user ?? 'a'}@${domain}`
  const nobody = `sip:nobody-here@${domain}`
  const from = user
  const methods = ['OPTIONS', 'INVITE', 'MESSAGE', 'SUBSCRIBE', 'PUBLISH', 'NOTIFY', 'REFER', 'INFO', 'FLOOD']
  const within = ['BYE', 'CANCEL', 'UPDATE', 'PRACK', 'ACK']
  return [
    { name: 'REGISTER', method: 'REGISTER', uri: home, from },
    { name: 'OPTIONS of the server', method: 'OPTIONS', uri: home, from },
    ...methods.map(method => ({ name: method, method, uri: user, from })),
    ...within.map(method => ({ name: method, method, uri: user, from, toTag: '2' })),
    { name: 'INVITE of nobody', method: 'INVITE', uri: nobody, from: 'sip:a@b.invalid' },
    { name: 'INVITE to another domain', method: 'INVITE', uri: 'sip:a@b.invalid', from },
    { name: 'INVITE to a number', method: 'INVITE', uri: 'tel:+1', from },
    { name: 'INVITE of an unknown scheme', method: 'INVITE', uri: 'x:y', from },
    { name: 'Max-Forwards 0', method: 'OPTIONS', uri: user, from, maxForwards: 0 },
    { name: 'an extension that is required', method: 'OPTIONS', uri: home, from, lines: ['Require:x'] },
    {
      name: 'an extension required of proxies',
      method: 'INVITE',
      uri: user,
      from,
      lines: ['Proxy-Require:x'],
    },
    { name: 'another version', method: 'OPTIONS', uri: home, from, version: 'SIP/3.0' },
    { name: 'a broken Content-Length', method: 'OPTIONS', uri: home, from, lines: ['l:x'] },
  ]
}
