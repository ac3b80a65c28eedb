import { attack } from '../attack.ts'
import { token } from '../saying.ts'
import type { Trial } from '../trial.ts'

const POST = 'POST / HTTP/1.1\r\nHost: audit.invalid\r\nContent-Type: text/plain\r\n'

/** What is no SIP, with a whole request of SIP behind it: what any web page can make a browser send. */
const WRAPS: Readonly<Record<string, (sip: string) => string>> = {
  'a POST with the request in its body': sip => `${POST}Content-Length: ${sip.length}\r\n\r\n${sip}`,
  'a POST in chunks': sip =>
    `${POST}Transfer-Encoding: chunked\r\n\r\n${sip.length.toString(16)}\r\n${sip}\r\n0\r\n\r\n`,
  'a POST without a length': sip => `${POST}\r\n${sip}`,
  'a GET before it': sip => `GET / HTTP/1.1\r\nHost: audit.invalid\r\n\r\n${sip}`,
  'a line of mail before it': sip => `EHLO audit.invalid\r\n\r\n${sip}`,
  'odd octets before it': sip => `\x16\x03\x01\x02\x00\x01\r\n\r\n${sip}`,
}

/** HTTP on the port of SIP: a server that reads on lets every web page speak SIP from inside the network. */
export const httpHidesSip = attack({
  id: 'http-hides-sip',
  entry: 'P16',
  title: 'hides a SIP request in HTTP, as a web page makes a browser send it',
  threats: ['known-internet-attacks', 'untrusted-networks'],
  clause: '§2, attacks known from the Internet',
  references: ['RFC 3261 §7', 'RFC 3261 §18.3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 30,
  needs: ['tcp'],
  expected: 'The connection closes at what is no SIP, and the request behind it is not read.',
  mending: {
    aspis: 'On by default: a connection whose first line is no SIP is closed; nothing turns it off.',
    kamailio:
      'Load xhttp and close what speaks HTTP: `event_route[xhttp:request] { tcp_close_connection(); exit; }`, with tcpops; pages have a port of their own.',
    opensips: 'Serve no HTTP on the ports of SIP, and refuse it in front of them.',
    asterisk: 'PJSIP skips what it cannot read: allow TCP from known networks only.',
  },
  async run(trial) {
    const isServed = await wrapped(trial, sip => sip)
    if (!isServed) return trial.inconclusive('an honest request over TCP got no answer')
    const tries = Object.entries(WRAPS)
    const fates = await Promise.all(
      tries.map(async ([what, wrap]) => ({ what, isRead: await wrapped(trial, wrap) })),
    )
    const read = fates.filter(({ isRead }) => isRead)
    const counts = { tried: tries.length, read: read.length }
    if (read.length > 0)
      return trial.succeeded(
        `${read.length} of ${tries.length} requests behind what is no SIP were answered: ${read.map(({ what }) => what).join(', ')}`,
        counts,
      )
    return trial.resisted(`none of ${tries.length} requests behind what is no SIP was answered`, counts)
  },
})

async function wrapped(trial: Trial, wrap: (sip: string) => string): Promise<boolean> {
  const asker = await trial.stranger({ transport: 'TCP' })
  const callId = token()
  await trial.turn()
  asker.line.send(
    wrap(asker.text({ method: 'OPTIONS', uri: `sip:${trial.target.domain}`, callId, contact: false })),
  )
  return (await asker.line.next(({ text }) => text.includes(callId), 3 * trial.silenceMs)) !== undefined
}
