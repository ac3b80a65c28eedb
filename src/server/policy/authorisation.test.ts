import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attestation } from '../../mechanisms/policy/index.ts'
import { parseConfig } from '../config/load.ts'
import { explainCall } from './explain-call.ts'

const POLICY = `domains: [a.test, b.test]
trunks:
  - {name: carrier, uri: "sips:sbc.carrier.test", domains: [carrier.test]}
  - {name: lab, uri: "sips:gw.lab.test", reach: rules}
policy:
  numbers: {country: 44}
  zone: Europe/London
  holidays: [12-25]
  classes:
    - {name: emergency, numbers: ["112", "999"]}
    - {name: national, numbers: ["+44*"]}
    - {name: mobile, numbers: ["+447*"], per-minute: 0.10}
    - {name: premium, numbers: ["+449*", "+44871*"], per-minute: 1.50, per-call: 0.25}
    - {name: world, numbers: ["+*"], per-minute: 0.40}
  times:
    - {name: office, days: [mon-fri], hours: "08:00-18:00"}
    - {name: night, hours: "22:00-06:00"}
  limits:
    - {per: user, calls: 2}
    - {per: user, class: premium, spend: 20}
rules:
  - {name: emergency, from: own-users, to: class:emergency, via: carrier, allow: true}
  - {name: no premium, from: own-users, to: class:premium, allow: false}
  - {name: no sanctions, from: [own-users, trunk:lab], to: ["+850*", "+53*"], allow: false}
  - {name: mobile by day, from: "*@a.test", to: class:mobile, when: [office], via: carrier, allow: true}
  - {name: boss, from: boss@a.test, to: [class:mobile, class:world], via: carrier, allow: true}
  - {name: national, from: own-users, to: class:national, methods: [INVITE], via: carrier, allow: true}
  - {name: partner, from: own-users, to: partner.test, allow: true}
  - {name: text only, from: "*@b.test", to: other-domains, methods: [MESSAGE], allow: true}
  - {name: hush, from: carl@a.test, to: own-users, when: [night], allow: false}
  - {name: spam, from: trunk:carrier, to: own-users, attestation: [none, C], when: [night], allow: false}
  - {name: lab home, from: trunk:lab, to: class:national, via: carrier, allow: true}
  - {name: lab to a, from: trunk:lab, to: a.test, allow: true}
`

const USERS = new Set(['alice@a.test', 'bob@a.test', 'boss@a.test', 'carl@a.test', 'dora@b.test'])
const MONDAY = '2030-01-07T10:00:00Z'
const SUNDAY = '2030-01-06T10:00:00Z'
const CHRISTMAS = '2030-12-25T10:00:00Z'
const NIGHT = '2030-01-07T23:00:00Z'

interface More {
  readonly at?: string
  readonly method?: string
  readonly attestation?: Attestation
}

/** Who, whom, what the policy says and by which rule, and what is out of the ordinary. */
const CASES: readonly (readonly [string, string, string, More?])[] = [
  // Own users
  ['alice@a.test', 'bob', 'yes own-users'],
  ['alice@a.test', 'dora@b.test', 'yes own-users'],
  ['alice@a.test', 'nobody', 'no default-deny'],
  ['carl@a.test', 'bob', 'yes own-users'],
  ['carl@a.test', 'bob', 'no hush', { at: NIGHT }],
  ['alice@a.test', 'bob', 'yes own-users', { at: NIGHT }],
  // Numbers, by the longest prefix
  ['alice@a.test', '112', 'yes emergency'],
  ['alice@a.test', '999', 'yes emergency', { at: NIGHT }],
  ['alice@a.test', '9990', 'no default-deny'],
  ['alice@a.test', '+44 20 7946 0123', 'yes national'],
  ['alice@a.test', '020 7946 0123', 'yes national'],
  ['alice@a.test', '0044 20 7946 0123', 'yes national'],
  ['alice@a.test', 'tel:+44-20-7946-0123', 'yes national'],
  ['alice@a.test', '+44 900 123456', 'no no premium'],
  ['boss@a.test', '+44 871 123456', 'no no premium'],
  ['boss@a.test', '+44 870 123456', 'yes national'],
  ['alice@a.test', '+33 1 2345', 'no default-deny'],
  ['boss@a.test', '+33 1 2345', 'yes boss'],
  ['boss@a.test', '+850 2 381', 'no no sanctions'],
  // Method and time
  ['alice@a.test', '+44 20 7946 0123', 'no default-deny', { method: 'MESSAGE' }],
  ['alice@a.test', '+44 7700 900123', 'yes mobile by day', { at: MONDAY }],
  ['alice@a.test', '+44 7700 900123', 'no default-deny', { at: SUNDAY }],
  ['alice@a.test', '+44 7700 900123', 'no default-deny', { at: CHRISTMAS }],
  ['dora@b.test', '+44 7700 900123', 'no default-deny', { at: MONDAY }],
  ['boss@a.test', '+44 7700 900123', 'yes boss', { at: SUNDAY }],
  // Spellings that try to pass by a rule
  ['alice@a.test', '0900-123456', 'no no premium'],
  ['alice@a.test', '%30900123456', 'no no premium'],
  ['alice@a.test', '+44(0)900123456', 'no no premium'],
  ['alice@a.test', '0900123456x', 'no no premium'],
  ['alice@a.test', '%D9%A0%D9%A9%D9%A0%D9%A0', 'no unreadable-number'],
  ['alice@a.test', '020123;rn=+44900123', 'no unreadable-number'],
  ['alice@a.test', 'tel:900123;phone-context=+44', 'no unreadable-number'],
  ['alice@a.test', '*67020123', 'no default-deny'],
  // Other domains
  ['alice@a.test', 'x@partner.test', 'yes partner'],
  ['alice@a.test', 'x@elsewhere.test', 'no default-deny'],
  ['dora@b.test', 'x@elsewhere.test', 'no default-deny'],
  ['dora@b.test', 'x@elsewhere.test', 'yes text only', { method: 'MESSAGE' }],
  // Trunks, with and without a signed identity
  ['trunk:carrier', 'bob', 'yes own-users'],
  ['trunk:carrier', 'bob', 'no spam', { at: NIGHT }],
  ['trunk:carrier', 'bob', 'yes own-users', { at: NIGHT, attestation: 'A' }],
  ['trunk:carrier', '+44 20 7946 0123', 'no default-deny'],
  ['trunk:lab', 'bob@a.test', 'yes lab to a'],
  ['trunk:lab', 'dora@b.test', 'no default-deny'],
  ['trunk:lab', '020 7946 0123', 'yes lab home'],
  ['trunk:lab', '+53 7 123', 'no no sanctions'],
]

const { config, problems } = parseConfig(POLICY, '/etc/aspis.yaml', {})

test('the policy of the table has no fault', () => {
  assert.deepEqual(problems, [])
})

for (const [who, whom, expected, more = {}] of CASES) {
  const { at = MONDAY, method = 'INVITE', attestation } = more
  const odd = [method === 'INVITE' ? '' : method, at === MONDAY ? '' : at.slice(0, 16), attestation ?? '']
  const title = [who, 'calls', whom, ...odd.filter(text => text !== ''), '→', expected].join(' ')
  test(`PRX-05: ${title}`, () => {
    assert.ok(config)
    const fromTrunk = who.startsWith('trunk:') ? who.slice('trunk:'.length) : undefined
    const explained = explainCall(
      config,
      {
        as: fromTrunk === undefined ? who : undefined,
        fromTrunk,
        call: whom,
        method,
        wallMs: Date.parse(at),
        attestation,
      },
      {
        userExists: aor => USERS.has(aor.slice('sip:'.length)),
        placeOfRule: index => `rule ${index + 1}`,
      },
    )
    assert.ok(explained.ok)
    const { isAllowed, rule, lines } = explained.value
    assert.equal(`${isAllowed ? 'yes' : 'no'} ${rule}`, expected, lines.join('\n'))
    const deciding = lines.find(line => line.includes('fits:') || line.includes(`(${rule})`))
    assert.ok(deciding?.includes(rule), lines.join('\n'))
  })
}

test('the table has forty cases or more', () => {
  assert.ok(CASES.length >= 40)
})
