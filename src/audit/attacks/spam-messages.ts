import { attack } from '../attack.ts'
import { SPAM, spam } from '../spamming.ts'

/** Unwanted text: one account sends message after message. */
export const spamMessages = attack({
  id: 'spam-messages',
  entry: 'G10',
  title: 'floods a user with text messages, from one account',
  threats: ['spam-calls', 'text-messages-are-easily-forged'],
  clause: '§3.3, unwanted calls and text',
  references: ['RFC 3428 §8', 'RFC 5039 §2'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: 8 * SPAM,
  needs: ['two-accounts'],
  expected: 'Texts of one account beyond what a person writes are refused.',
  mending: {
    aspis: 'On by default: `limits: texts-per-callee` bounds the texts of a user to one callee.',
    kamailio: 'Bound MESSAGEs by `$au` with `pl_check()` of the pipelimit module.',
    opensips: 'Bound MESSAGEs by `$au` with `rl_check()` of the ratelimit module.',
    asterisk: 'Count messages of an endpoint in the dialplan of its `message_context`, and refuse beyond.',
  },
  run: trial =>
    spam(
      trial,
      ({ aor }, at) => ({
        method: 'MESSAGE',
        uri: aor,
        body: `Offer ${at} of many: buy what nobody wants.`,
        contentType: 'text/plain',
        contact: false,
      }),
      200,
      'messages',
    ),
})
