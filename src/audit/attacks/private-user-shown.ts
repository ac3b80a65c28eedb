import { critical, fieldsWith, PRIVACY_MENDING, privacyLeak } from '../privacy.ts'

const TELLING = ['Subject', 'Organization', 'Reply-To', 'Call-Info', 'User-Agent', 'Server']
const LINES = [
  'Subject: secret-subject',
  'Organization: secret-employer',
  'Reply-To: <sip:secret-desk@work.invalid>',
]

/** Who a caller is, in the fields that tell of people. */
export const privateUserShown = privacyLeak({
  id: 'private-user-shown',
  title: 'reads who a caller is, and of what firm, though he asked for privacy as a user',
  threats: ['real-identity-shown', 'headers-reveal-parties'],
  clause: "§3.3, privacy: a user's personal information and real identity",
  references: ['RFC 3323 §5.3', 'RFC 3323 §5'],
  expected: 'From is anonymous and fields that tell of the user are gone, or the call is refused.',
  mending: {
    ...PRIVACY_MENDING,
    kamailio:
      '`uac_replace_from("Anonymous", "sip:anonymous@anonymous.invalid")` of the uac module and `remove_hf()` of what tells; else refuse with 500.',
    opensips: '`uac_replace_from()` of the uac module and `remove_hf()` of what tells; else refuse with 500.',
    asterisk:
      'In the dialplan: `Set(CALLERID(pres)=prohib)` for calls whose `PJSIP_HEADER(read,Privacy)` asks for it; `send_pai=no`.',
  },
  forms: critical('user', LINES),
  shown: (invite, { account }) => [
    ...fieldsWith(invite, TELLING, ['secret-']),
    ...fieldsWith(invite, ['From', 'Contact', 'P-Asserted-Identity'], [`${account?.user ?? 'nobody'}@`]),
  ],
})
