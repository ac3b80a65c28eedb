import { badToken, STIR_MENDING } from '../signed-call.ts'

/** A good token, fresh and for this callee, a second time. */
export const replayedPassport = badToken({
  id: 'replayed-passport',
  entry: 'D04',
  title: 'calls with the token of a call that went through a moment ago',
  clause: 'Table 1, row 3: replay of genuine messages',
  references: ['RFC 8224 §12.1', 'RFC 8225 §10.1'],
  severity: 'medium',
  expected: 'A token is good for one call: with another Call-ID it is refused.',
  mending: {
    ...STIR_MENDING,
    kamailio:
      'stirshaken remembers no tokens: keep `$ci` under `$(hdr(Identity){s.md5})` in an htable with `autoexpire=60`, and refuse a token that comes with another.',
    opensips:
      'stir_shaken remembers no tokens: keep `$ci` under `$(hdr(Identity){s.md5})` by `cache_store("local", …)` for a minute, and refuse a token that comes with another.',
    asterisk: 'Asterisk remembers no tokens: set `max_iat_age` of `[verification]` to a few seconds.',
  },
  calls: {
    'the token of the first call, with another Call-ID': ground => ground.invite([ground.used]),
  },
})
