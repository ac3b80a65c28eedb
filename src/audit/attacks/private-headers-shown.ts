import { hostPort } from '../line/place.ts'
import { critical, fieldsWith, PRIVACY_MENDING, privacyLeak } from '../privacy.ts'

const NAMES = ['Via', 'Contact', 'Call-ID', 'Record-Route', 'Route', 'Warning', 'P-Access-Network-Info']

/** Where a caller is, in the fields that route a call. */
export const privateHeadersShown = privacyLeak({
  id: 'private-headers-shown',
  title: 'reads in Via and Contact where a caller is who asked for privacy of header fields',
  threats: ['location-shown', 'contact-cannot-be-hidden', 'headers-reveal-parties'],
  clause: '§3.3, location privacy: Contact cannot be hidden by the phone',
  references: ['RFC 3323 §5.1', 'RFC 3323 §5'],
  expected: 'The address of the caller is in no field that reaches the callee, or the call is refused.',
  mending: PRIVACY_MENDING,
  forms: critical('header'),
  shown: (invite, { line }) => fieldsWith(invite, NAMES, [hostPort(line.local)]),
})
