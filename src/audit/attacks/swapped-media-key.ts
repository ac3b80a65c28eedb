import { sdp } from '../saying.ts'
import { badToken, STIR_MENDING } from '../signed-call.ts'

const SIGNED = Array.from({ length: 32 }, () => 'AA')
const SWAPPED = Array.from({ length: 32 }, () => 'BB')

/** The key of the media was signed, and another one is offered. */
export const swappedMediaKey = badToken({
  id: 'swapped-media-key',
  entry: 'E12',
  title: 'puts a media key of its own into a signed offer',
  clause: 'Table 2; §3.3, header fields and bodies cannot be covered as a whole',
  references: ['RFC 8224 §4.1.2', 'RFC 8225 §5.2.2'],
  severity: 'high',
  expected: 'A fingerprint of the offer that is not in the `mky` of the token is 438.',
  mending: {
    ...STIR_MENDING,
    kamailio:
      'stirshaken looks at no `mky`: use TLS toward neighbours, so that nobody changes an offer on its way.',
    opensips:
      'stir_shaken looks at no `mky`: use TLS toward neighbours, so that nobody changes an offer on its way.',
    asterisk:
      'Asterisk looks at no `mky`: use TLS toward neighbours, so that nobody changes an offer on its way.',
  },
  calls: {
    'another fingerprint than was signed': ground => {
      const mky = [{ alg: 'sha-256', dig: SIGNED.join('') }]
      const offer = `${sdp(ground.caller.line.local.ip)}a=fingerprint:sha-256 ${SWAPPED.join(':')}\r\n`
      return ground.invite([ground.token({ more: { mky } })], { body: offer })
    },
  },
})
