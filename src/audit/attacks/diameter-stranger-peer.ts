import { attack } from '../attack.ts'
import { capabilitiesRequest, diameterStream, resultOf } from '../diameter.ts'
import type { DiameterPlace } from '../target.ts'
import type { Trial } from '../trial.ts'

/** DIAMETER_SUCCESS (RFC 6733 §7.1.2). */
const SUCCESS = 2_001

/** Somebody who says to be a Diameter peer. */
export const diameterStrangerPeer = attack({
  id: 'diameter-stranger-peer',
  entry: 'H10',
  title: 'becomes a Diameter peer of the server by saying so',
  threats: ['aaa-servers'],
  clause: '§2.2 and §3.1, AAA by Diameter',
  references: ['RFC 6733 §5.3', 'RFC 6733 §13.1'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 8,
  needs: ['diameter'],
  expected: 'A peer that is not known, or does not prove its name by a certificate, is refused or cut off.',
  mending: {
    aspis:
      'On by default: peers are configured, reached by TLS, and named in their certificate; `aaa: diameter: peers`.',
    kamailio: 'cdp: `AcceptUnknownPeers="0"` in its XML file, and IPsec or a private network below it.',
    opensips:
      'aaa_diameter runs freeDiameter: list peers with `ConnectPeer`, TLS on, no `acl_wl` of strangers.',
    asterisk: 'Asterisk speaks no Diameter; protect the server that does so for it.',
  },
  async run(trial) {
    const { diameter } = trial.target
    if (diameter === undefined) return trial.skipped('needs the Diameter port of the target')
    const names = [`stranger.${diameter.realm}`, ...(diameter.peer === undefined ? [] : [diameter.peer])]
    const came: { name: string; result: string }[] = []
    for (const name of names) came.push({ name, result: await introduce(trial, diameter, name) })
    const taken = came.filter(({ result }) => result === `result ${SUCCESS}`)
    const counts = { tried: names.length, taken: taken.length }
    if (taken.length > 0)
      return trial.succeeded(`it took somebody as ${taken.map(({ name }) => name).join(' and ')}`, counts)
    if (came.some(({ result }) => result === 'silence'))
      return trial.inconclusive('a stranger got neither an answer nor an end of the connection', counts)
    return trial.resisted(came.map(({ name, result }) => `${name}: ${result}`).join('; '), counts)
  },
})

async function introduce(trial: Trial, place: DiameterPlace, name: string): Promise<string> {
  const stream = await diameterStream(trial, place, name)
  if (stream === undefined) return 'no handshake of TLS'
  stream.send(capabilitiesRequest(name, place.realm), `CER of ${name}`)
  const result = await stream.read(resultOf, trial.answerMs)
  const says =
    result === undefined ? (stream.isClosed ? 'the connection was closed' : 'silence') : `result ${result}`
  stream.heard(says)
  stream.close()
  return says
}
