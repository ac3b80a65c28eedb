import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseUri } from '../../sip/uri/uri.ts'
import { Policy, type PolicyQuestion } from './judge.ts'
import { DEFAULT_DENY, type PolicyDecision, type PolicyGround, type PolicyRule } from './policy.ts'

const GROUND: PolicyGround = {
  plan: { country: '44', internationalPrefix: '00', nationalPrefix: '0', nationalDigits: 0 },
  classes: [
    { name: 'premium', numbers: ['+449*', '118'], perMinute: 0, perCall: 0, isUnbounded: false },
    { name: 'country', numbers: ['+44*'], perMinute: 0, perCall: 0, isUnbounded: false },
  ],
  times: [{ name: 'morning', days: ['mon', 'tue', 'wed'], fromMinute: 360, untilMinute: 720 }],
  zone: 'UTC',
  holidays: [],
  isServed: host => host === 'a.test',
}

const from = fc.constantFrom(
  { kind: 'own-users' } as const,
  { kind: 'user', aor: 'sip:bob@a.test' } as const,
  { kind: 'domain', domain: 'a.test' } as const,
  { kind: 'trunk', trunk: 'carrier' } as const,
)
const to = fc.oneof(
  fc.constantFrom(
    { kind: 'anywhere' } as const,
    { kind: 'own-users' } as const,
    { kind: 'other-domains' } as const,
    { kind: 'domain', domain: 'b.test' } as const,
    { kind: 'class', name: 'premium' } as const,
    { kind: 'class', name: 'country' } as const,
  ),
  fc.constantFrom('+44', '0900', '00', '1', '+3').map(prefix => ({ kind: 'prefix', prefix }) as const),
)
const rule: fc.Arbitrary<PolicyRule> = fc.record(
  {
    name: fc.constantFrom('one', 'two', 'three'),
    from: fc.array(from, { minLength: 1, maxLength: 2 }),
    to: fc.array(to, { minLength: 1, maxLength: 2 }),
    via: fc.constant('carrier'),
    methods: fc.constant(['INVITE']),
    when: fc.constant(['morning']),
    allow: fc.boolean(),
  },
  { requiredKeys: ['name', 'from', 'to', 'allow'] },
)
const rules = fc.array(rule, { maxLength: 5 })
const caller = fc.constantFrom(
  { kind: 'user', aors: ['sip:bob@a.test'] } as const,
  { kind: 'user', aors: ['sip:eve@a.test'] } as const,
  { kind: 'trunk', trunk: 'carrier' } as const,
  { kind: 'trunk', trunk: 'other' } as const,
  { kind: 'unproven' } as const,
)
const target = fc.constantFrom(
  'sip:0900123@a.test',
  'sip:+44201@a.test',
  'sip:00331@a.test',
  'sip:118@a.test',
  'sip:0900x@a.test',
  'sip:*97@a.test',
  'sip:bob@a.test',
  'sip:x@b.test',
  'tel:+3312',
  'sip:%D9%A0@a.test',
)

const question: fc.Arbitrary<PolicyQuestion> = fc
  .record({
    caller,
    target,
    method: fc.constantFrom('INVITE', 'MESSAGE'),
    wallMs: fc.integer({ min: Date.UTC(2030, 0, 1), max: Date.UTC(2030, 0, 14) }),
    isOwnUser: fc.boolean(),
    reachesOwnUsers: fc.boolean(),
    attestation: fc.constantFrom('A', undefined),
  })
  .map(({ target: text, ...rest }) => ({ ...rest, uri: uriOf(text) }))

function uriOf(text: string): PolicyQuestion['uri'] {
  const uri = parseUri(text)
  assert.ok(uri.ok, text)
  return uri.value
}

function judge(list: readonly PolicyRule[], asked: PolicyQuestion): PolicyDecision {
  return new Policy(list, GROUND).judge(asked)
}

const denyAll = (each: PolicyRule): PolicyRule => ({ ...each, allow: false })

test('PRX-05: law: without a rule that allows it nothing goes out', () => {
  fc.assert(
    fc.property(rules, question, (list, asked) => {
      const said = judge(list.map(denyAll), { ...asked, isOwnUser: false })
      assert.equal(said.isAllowed, false)
    }),
  )
  fc.assert(
    fc.property(question, asked => {
      const { rule: by } = judge([], { ...asked, isOwnUser: false })
      assert.ok(by === DEFAULT_DENY || by === 'unreadable-number')
    }),
  )
})

test('PRX-05: law: a stranger is let out by no rule', () => {
  fc.assert(
    fc.property(rules, question, (list, asked) => {
      const stranger = { ...asked, caller: { kind: 'unproven' }, isOwnUser: false } as const
      assert.equal(judge(list, stranger).isAllowed, false)
    }),
  )
})

test('law: a rule that refuses, put first, never lets more through', () => {
  fc.assert(
    fc.property(rules, rule, question, (list, first, asked) => {
      if (!judge(list, asked).isAllowed) assert.ok(!judge([denyAll(first), ...list], asked).isAllowed)
    }),
  )
})

test('law: what the first rule that fits says stands, whatever follows it', () => {
  fc.assert(
    fc.property(rules, rules, question, (list, more, asked) => {
      const named = list.map((each, at) => ({ ...each, name: `rule ${at}` }))
      const said = judge(named, asked)
      if (said.rule.startsWith('rule ')) assert.deepEqual(judge([...named, ...more], asked), said)
    }),
  )
})

test('law: explanation and decision are one', () => {
  fc.assert(
    fc.property(rules, question, (list, asked) => {
      const policy = new Policy(list, GROUND)
      const { decision, steps } = policy.explain(asked)
      assert.deepEqual(decision, policy.judge(asked))
      const last = steps.at(-1)
      if (last !== undefined && last.miss === undefined) {
        assert.equal(decision.rule, last.rule.name)
        assert.equal(decision.isAllowed, last.rule.allow)
      }
      assert.ok(steps.slice(0, -1).every(({ miss }) => miss !== undefined))
    }),
  )
})

/** A number of the own country, dialled in every way that RFC 3966 and the plan know. */
const spellings = fc
  .record({
    digits: fc.stringMatching(/^[1-9][0-9]{3,9}$/),
    start: fc.constantFrom('+44', '0044', '0', '+440', '00440'),
    marks: fc.array(fc.constantFrom('', '-', '.', '(', ')'), { minLength: 16, maxLength: 16 }),
    escaped: fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
    form: fc.constantFrom('sip', 'phone', 'tel'),
  })
  .map(({ digits, start, marks, escaped, form }) => {
    const dialled = `${start}${digits}`
    const chars = [...dialled].map((char, i) => {
      const written = escaped[i] === true && form !== 'tel' ? `%${char.charCodeAt(0).toString(16)}` : char
      return `${written}${i < start.length ? '' : (marks[i] ?? '')}`
    })
    const user = chars.join('')
    const international = form === 'tel' && !user.startsWith('+') ? `${user};phone-context=a.test` : user
    const spelled =
      form === 'tel' ? `tel:${international}` : `sip:${user}@a.test${form === 'phone' ? ';user=phone' : ''}`
    return { plain: `sip:+44${digits}@a.test`, spelled }
  })

test('PST-05: law: every spelling of a number is decided as the number is', () => {
  fc.assert(
    fc.property(rules, question, spellings, (list, asked, { plain, spelled }) => {
      const one = judge(list, { ...asked, isOwnUser: false, uri: uriOf(plain) })
      const other = judge(list, { ...asked, isOwnUser: false, uri: uriOf(spelled) })
      assert.deepEqual(other, one, spelled)
    }),
  )
})
