import { generateKeyPairSync } from 'node:crypto'
import { badToken } from '../signed-call.ts'

/** A token whose signature is somebody else's, or was made for other words. */
export const brokenPassportSignature = badToken({
  id: 'broken-passport-signature',
  entry: 'D03',
  title: 'calls with a token whose signature does not fit',
  clause: '§3.3, a proxy between cannot be sure of the user; Table 1, row 4',
  references: ['RFC 8224 §6.2', 'RFC 8224 §6.2.2'],
  severity: 'medium',
  isOfAnybody: true,
  expected: 'A token whose signature does not fit is 438, or the callee is told so.',
  calls: {
    'a signature of another key': ground =>
      ground.invite([ground.token({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey })]),
    'a caller edited after signing': ground =>
      ground.invite([
        ground.token({
          orig: { tn: '15550199' },
          edit: payload => payload.replace('15550199', ground.neighbour.number),
        }),
      ]),
    'an attestation edited after signing': ground =>
      ground.invite([
        ground.token({ attest: 'C', edit: payload => payload.replace('"attest":"C"', '"attest":"A"') }),
      ]),
    'a signature of zeros': ground =>
      ground.invite([ground.token().replace(/\.[\w-]{86};/, `.${'A'.repeat(86)};`)]),
  },
})
