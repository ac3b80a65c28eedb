import type { Mending } from './attack.ts'

/** How a server keeps what a sips address promises. */
export const SIPS_MENDING: Mending = {
  aspis:
    'On by default: a sips request goes to sips contacts by TLS only, and a sips contact gets nothing in clear.',
  kamailio:
    'After `lookup()`: `if ($ou =~ "^sips:" && !($ru =~ "^sips:|transport=tls")) send_reply("480", …)`, and refuse sips that came by another `$proto` than tls.',
  opensips:
    'After `lookup()`: `if ($ou =~ "^sips:" && !($ru =~ "^sips:|transport=tls")) send_reply(480, …)`, and refuse sips that came in clear.',
  asterisk: 'Give such endpoints a TLS `transport` only, and `media_encryption=sdes` or `dtls`.',
}
