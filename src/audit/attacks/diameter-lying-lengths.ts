import { attack } from '../attack.ts'
import { avp, capabilitiesRequest, diameterStream, message, resultOf } from '../diameter.ts'
import type { DiameterPlace } from '../target.ts'
import type { Trial } from '../trial.ts'

/** Class, an AVP of octets without meaning (RFC 6733 §8.20). */
const CLASS = 25
const CHUNK = 1 << 16
const CHUNKS = 32
const MOST = 0xff_ffff

/** Messages and AVPs of Diameter that are not as long as they say. */
export const diameterLyingLengths = attack({
  id: 'diameter-lying-lengths',
  entry: 'H10',
  title: 'sends Diameter whose lengths lie: AVPs beyond their message, a message of 16 MB',
  threats: ['aaa-servers', 'malformed-messages'],
  clause: '§2.2 and §3.1, AAA by Diameter',
  references: ['RFC 6733 §4.1', 'RFC 6733 §7.1.5'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: 60,
  needs: ['diameter'],
  expected: 'The connection ends, or the answer is 5014; no message of 16 MB is waited for from a stranger.',
  mending: {
    aspis: 'On by default: lengths are checked before anything is waited for, and 256 KB is the most.',
    kamailio: 'Keep the Diameter port of cdp on a private network, closed to everybody but the peers.',
    opensips: 'Keep the port of freeDiameter on a private network, closed to everybody but the peers.',
    asterisk: 'Asterisk speaks no Diameter; protect the server that does so for it.',
  },
  async run(trial) {
    const { diameter } = trial.target
    if (diameter === undefined) return trial.skipped('needs the Diameter port of the target')
    const name = diameter.peer ?? `stranger.${diameter.realm}`
    const lies = [
      { says: 'an AVP beyond its message', lie: avp(CLASS, Buffer.alloc(4), 0, MOST) },
      { says: 'an AVP shorter than its header', lie: avp(CLASS, Buffer.alloc(4), 0, 1) },
    ]
    const came = await Promise.all(
      lies.map(({ says, lie }) =>
        tell(trial, diameter, name, says, [capabilitiesRequest(name, diameter.realm, lie)]),
      ),
    )
    const large = [
      message(Buffer.alloc(CHUNK), MOST),
      ...Array.from({ length: CHUNKS }, () => Buffer.alloc(CHUNK)),
    ]
    const swallowed = await tell(trial, diameter, name, 'a message of 16 MB', large)
    const taken = lies.filter((_, at) => came[at] === 'result 2001').map(({ says }) => says)
    const counts = { tried: lies.length + 1, taken: taken.length, swallowed: swallowed === 'silence' ? 1 : 0 }
    if (taken.length > 0) return trial.succeeded(`it went on after ${taken.join(' and ')}`, counts)
    if (swallowed === 'silence')
      return trial.succeeded(`it kept ${CHUNKS / 16} MB of a stranger's message and waited for more`, counts)
    if (came.includes('silence'))
      return trial.inconclusive('a lie got neither an answer nor an end of the connection', counts)
    return trial.resisted(`${[...came, swallowed].join('; ')}`, counts)
  },
})

async function tell(
  trial: Trial,
  place: DiameterPlace,
  name: string,
  says: string,
  chunks: readonly Buffer[],
): Promise<string> {
  const stream = await diameterStream(trial, place, name)
  if (stream === undefined) return 'no handshake of TLS'
  for (const chunk of chunks) stream.send(chunk, `${says}: ${chunk.length} octets`)
  const result = await stream.read(resultOf, trial.silenceMs * 3)
  const outcome = result === undefined ? (stream.isClosed ? 'closed' : 'silence') : `result ${result}`
  stream.heard(outcome)
  stream.close()
  return outcome
}
