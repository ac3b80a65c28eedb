import { injection, lineWith } from '../injecting.ts'

const WORD = 'board-room'

/** A call that says that it was forwarded by somebody who never saw it. */
export const forgedDiversion = injection({
  id: 'forged-diversion',
  title: 'pretends that a call was forwarded by somebody else, by a Diversion of his own',
  references: ['RFC 5806 §8', 'RFC 5806 §4'],
  severity: 'medium',
  expected: 'A Diversion that a user sends is taken off: only the network says who diverted a call.',
  mending: {
    aspis: 'On by default: taken off whatever comes from outside trunks with `trusted: true`.',
    kamailio:
      'textops: `remove_hf("Diversion")` for users; `add_diversion()` of the diversion module writes your own.',
    opensips:
      'sipmsgops: `remove_hf("Diversion")` for users; `add_diversion()` of the diversion module writes your own.',
    asterisk:
      'Clear it in the dialplan (`Set(REDIRECTING(from-num)=)`), and set `send_diversion=no` toward phones.',
  },
  lines: domain => [`Diversion: <sip:${WORD}@${domain}>;reason=unconditional;privacy=off;screen=yes`],
  believed: invite => lineWith(invite, ['Diversion', 'History-Info'], WORD),
})
