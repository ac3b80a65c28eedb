import { publicPem } from '../passport.ts'
import { badToken } from '../signed-call.ts'

/** The public key, which everybody has, as the secret of an HMAC. */
export const passportKeyConfusion = badToken({
  id: 'passport-key-confusion',
  entry: 'D03',
  title: 'calls with a token that is signed with the public key of its certificate as a secret',
  clause: '§3.3, a proxy between cannot be sure of the user; Table 1, row 4',
  references: ['RFC 8725 §2.1', 'RFC 8224 §6.2.2'],
  severity: 'critical',
  expected: 'The algorithm is ES256 whatever the token says: an HMAC is 438.',
  calls: {
    'HS256 with the public key': ground =>
      ground.invite([ground.token({ alg: 'HS256', secret: publicPem(ground.neighbour) })]),
    'HS512 with the certificate': ground =>
      ground.invite([ground.token({ alg: 'HS512', secret: ground.neighbour.certificate })]),
    'ES256 in words, an HMAC in truth': ground =>
      ground.invite([ground.token({ secret: publicPem(ground.neighbour) })]),
  },
})
