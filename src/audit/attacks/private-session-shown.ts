import { critical, PRIVACY_MENDING, privacyLeak } from '../privacy.ts'

/** Where a caller is, in the description of his media. */
export const privateSessionShown = privacyLeak({
  id: 'private-session-shown',
  title: 'reads in the session description where a caller is who asked for privacy of media',
  threats: ['media-shows-address', 'body-reveals-user-data'],
  clause: '§3.3, privacy: the service can proxy media streams',
  references: ['RFC 3323 §5.2', 'RFC 3323 §5'],
  expected: 'Media goes over a relay and o= and c= name that, or the call is refused.',
  mending: {
    ...PRIVACY_MENDING,
    kamailio:
      'Relay media with the `rtpengine` module (`rtpengine_manage("replace-origin replace-session-connection")`); else refuse with 500.',
    opensips:
      'Relay media with the `rtpengine` module (`rtpengine_manage("replace-origin replace-session-connection")`); else refuse with 500.',
  },
  forms: critical('session'),
  shown: (invite, { line }) =>
    invite.body.split('\r\n').filter(row => /^[oca]=/.test(row) && row.includes(line.local.ip)),
})
