import { badToken, STIR_MENDING } from '../signed-call.ts'

const now = (): number => Math.floor(Date.now() / 1_000)

/** A good token of yesterday. */
export const stalePassport = badToken({
  id: 'stale-passport',
  entry: 'D04',
  title: 'calls with a good token that is too old, or not yet valid',
  clause: 'Table 1, row 3: replay of genuine messages',
  references: ['RFC 8224 §6.2', 'RFC 8224 §6.2.2'],
  severity: 'medium',
  expected: 'A token older than a minute or dated ahead is 403 Stale Date.',
  mending: {
    ...STIR_MENDING,
    kamailio:
      'stirshaken: refuse where `stirshaken_check_identity()` fails; `vs_identity_expire_s`, 60 by default, bounds the age.',
    opensips:
      'stir_shaken: refuse where `stir_shaken_verify(…)` fails; `verify_date_freshness`, 60 by default, bounds the age.',
    asterisk:
      'stir_shaken.conf, `[verification]`: `failure_action=reject_request`; `max_iat_age`, 15 by default, bounds the age.',
  },
  calls: {
    'a day old': ground => ground.invite([ground.token({ iat: now() - 86_400 })]),
    'ten minutes old': ground => ground.invite([ground.token({ iat: now() - 600 })]),
    'ten minutes ahead': ground => ground.invite([ground.token({ iat: now() + 600 })]),
  },
})
