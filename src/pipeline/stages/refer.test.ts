import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, NOW_MS, portsWith, say, type Trial } from '../../../test/support/stage-context.ts'
import { type CertifiedUser, UserAuthorityOfTests } from '../../../test/support/user-certificates.ts'
import { tokenFields } from '../../mechanisms/refer/token.ts'
import { writeAib } from '../../mechanisms/smime/aib.ts'
import { writeMultipart } from '../../mechanisms/smime/multipart.ts'
import { writeSigned } from '../../mechanisms/smime/multipart-signed.ts'
import type { Caller } from '../caller.ts'
import type { ReferPort } from '../refer-port.ts'
import { refer } from './refer.ts'

const authority = new UserAuthorityOfTests(NOW_MS, ['example.test'])
const alice = authority.user('sip:alice@example.test')
const REFERRED_BY = '<sip:alice@example.test>;cid="t1@example.test"'

const bob: Caller = { kind: 'user', user: 'bob', domain: 'example.test', aors: ['sip:bob@example.test'] }
const carrier: Caller = { kind: 'trunk', trunk: 'carrier', identities: ['carrier.test'] }
const knownTrunk = {
  name: 'carrier',
  identities: ['carrier.test'],
  reachesOwnUsers: true,
  isTrusted: false,
  domains: ['carrier.test'],
}

interface Reference extends Trial {
  readonly caller?: Caller
  readonly isInDialog?: boolean
  readonly refer?: Partial<ReferPort>
  /** Receives what the stage saw. */
  readonly saw?: string[]
}

function run(trial: Reference): string {
  const { caller = bob, isInDialog = false, saw = [] } = trial
  const seen: ReferPort['saw'] = (outcome, why) => saw.push(why === '' ? outcome : `${outcome} ${why}`)
  const port = { ...portsWith().refer, authorities: [authority], saw: seen, ...trial.refer }
  return say(
    // The stage returns no promise, and runs as the pipeline runs it.
    refer.run(
      contextOf({
        ...trial,
        ports: {
          trunkOf: () => (caller.kind === 'trunk' ? knownTrunk : undefined),
          userExists: aor => /^sip:(alice|bob|carol|eve)@example\.test$/.test(aor),
          ...trial.ports,
          refer: port,
        },
        context: {
          caller: isInDialog ? undefined : ({ caller } as never),
          inDialog: isInDialog ? ({ from: 'caller' } as never) : undefined,
          ...trial.context,
        },
      }),
    ) as never,
  )
}

/** An INVITE that says to have been referred, with the token as a part beside the session description. */
function referred(
  changes: {
    referTo?: string
    referredBy?: string
    to?: string
    signer?: CertifiedUser
    dateMs?: number
  } = {},
): Pick<Trial, 'lines' | 'body'> {
  const referredBy = changes.referredBy ?? REFERRED_BY
  const fields = tokenFields(
    { referTo: changes.referTo ?? '<sip:bob@example.test>', referredBy, to: changes.to },
    changes.dateMs ?? NOW_MS,
  )
  return carrying(writeAib(fields, changes.signer ?? alice, NOW_MS), referredBy)
}

function carrying(
  token: { contentType: string; body: string },
  referredBy: string,
): Pick<Trial, 'lines' | 'body'> {
  const parts = [
    'Content-Type: application/sdp\r\n\r\nv=0\r\n',
    `Content-Type: ${token.contentType}\r\nContent-ID: <t1@example.test>\r\n\r\n${token.body}`,
  ]
  const whole = writeMultipart('multipart/mixed', parts, 'whole')
  return {
    lines: [`Referred-By: ${referredBy}`, `Content-Type: ${whole.contentType}`],
    body: whole.body,
  }
}

const everywhere = { everywhere: true, ownUsers: false, trunks: [], domains: [] }

test('a request that has nothing to do with references goes on, and so does what is for the server itself', () => {
  assert.equal(run({}), 'next')
  assert.equal(run({ method: 'REFER', uri: 'sip:example.test' }), 'next')
  assert.equal(run({ method: 'ACK', lines: ['Referred-By: <sip:x@y.test>, <sip:z@y.test>'] }), 'next')
})

test('RFB-01 RFB-03: a REFER without one Refer-To, or with two Referred-By, is malformed', () => {
  const refers = (...lines: string[]) => run({ method: 'REFER', lines })
  assert.equal(refers('Refer-To: <sip:carol@example.test>'), 'next')
  assert.equal(refers(), 'reply 400 refer-to-missing')
  assert.equal(refers('Refer-To: <sip:c@x.test>, <sip:d@x.test>'), 'reply 400 refer-to-repeated')
  const two = ['Referred-By: <sip:bob@example.test>', 'b: <sip:bob@example.test>']
  assert.equal(refers('Refer-To: <sip:carol@example.test>', ...two), 'reply 400 referred-by-repeated')
})

test('RFB-09: REFER outside a call is for own users, and for the neighbours that are named', () => {
  const trial = { method: 'REFER', lines: ['Refer-To: <sip:carol@example.test>'] }
  assert.equal(run({ ...trial, caller: carrier }), 'reply 403 refer-from-stranger')
  assert.equal(run({ ...trial, caller: { kind: 'unproven' } }), 'reply 403 refer-from-stranger')
  assert.equal(run({ ...trial, caller: carrier, isInDialog: true }), 'next')
  const named = { outOfDialog: { ownUsers: false, trunks: ['carrier'] } }
  assert.equal(run({ ...trial, caller: carrier, refer: named }), 'next')
  assert.equal(run({ ...trial, refer: named }), 'reply 403 refer-from-stranger')
})

test('RFB-09 RFB-11: where a REFER must not lead it is refused by name', () => {
  const to = (referTo: string, changes: Reference = {}) =>
    run({ method: 'REFER', lines: [`Refer-To: ${referTo}`], ...changes })
  assert.equal(to('<tel:+44>'), 'reply 403 refer-to-scheme')
  assert.equal(to('<sip:x@10.0.0.1>'), 'reply 403 refer-to-private-host')
  assert.equal(to('<sip:x@y.test;method=BYE>'), 'reply 403 refer-to-embedded')
  assert.equal(to('<sip:x@y.test>', { refer: { hosts: ['z.test'] } }), 'reply 403 refer-to-other-host')
  assert.equal(to('<sip:x@y.test>', { uri: 'sips:bob@example.test' }), 'reply 403 refer-to-not-secure')
})

test('D08: nobody refers others to where he may not call himself, in a call or outside', () => {
  const refused = 'reply 403 refer-not-allowed'
  const to = (referTo: string, changes: Reference = {}) =>
    run({ method: 'REFER', lines: [`Refer-To: ${referTo}`], ...changes })
  const open = { isAllowed: true, rule: 'country', via: 'carrier' }
  const ports = { outward: () => open } as never
  for (const isInDialog of [false, true]) {
    // Of the call, From is alice, a user of ours.
    assert.equal(to('<sip:bob@example.test>', { isInDialog }), 'next')
    assert.equal(to('<sip:+4490@example.test>', { isInDialog }), refused)
    const pbx = { nextHopFor: () => ({}) } as never
    assert.equal(to('<sip:+4490@example.test>', { isInDialog, ports: pbx }), 'next')
    assert.equal(to('<sip:+4490@premium.test>', { isInDialog }), refused)
    assert.equal(to('<sip:+4490@premium.test>', { isInDialog, ports }), 'next')
  }
  const fromCarrier = { isInDialog: true, caller: carrier }
  assert.equal(to('<sip:bob@example.test>', fromCarrier), 'next')
  assert.equal(to('<sip:+4490@premium.test>', fromCarrier), refused)
  const replaces = '<sip:x@premium.test?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2>'
  assert.equal(to(replaces, { isInDialog: true }), 'next')
  assert.equal(to(replaces, fromCarrier), refused)
  // No phone has such a contact: it is a number that another would pay for.
  const dressed = '<sip:+4490@example.test?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2>'
  assert.equal(to(dressed, { isInDialog: true }), refused)
  assert.equal(to(dressed, { isInDialog: true, ports }), 'next')
  // Somebody outside, by DNS.
  const outside = { isInDialog: true, ports: { userExists: (aor: string) => aor === 'sip:bob@example.test' } }
  assert.equal(to('<sip:bob@example.test>', outside), 'next')
  assert.equal(to('<sip:unknown@example.test>', outside), refused)
  assert.equal(to('<sip:x@premium.test>', outside), refused)
})

test('RFB-06: the referrer that a REFER names is who sends it', () => {
  const by = (referrer: string, changes: Reference = {}) =>
    run({
      method: 'REFER',
      lines: ['Refer-To: <sip:carol@example.test>', `Referred-By: <${referrer}>`],
      ...changes,
    })
  const saw: string[] = []
  assert.equal(by('sip:bob@example.test'), 'next')
  assert.equal(by('sip:boss@example.test', { saw }), 'reply 403 referred-by-not-yours')
  assert.deepEqual(saw, ['refused referred-by-not-yours'])
  const open = { outOfDialog: { ownUsers: true, trunks: ['carrier'] } }
  assert.equal(by('sip:x@carrier.test', { caller: carrier, refer: open }), 'next')
  assert.equal(by('sip:x@y.test', { caller: carrier, refer: open }), 'reply 403 referred-by-not-yours')
  // In a call the sender is the one of From, alice here.
  assert.equal(by('sip:alice@example.test', { isInDialog: true }), 'next')
  assert.equal(by('sip:boss@example.test', { isInDialog: true }), 'reply 403 referred-by-not-yours')
})

test('RFB-04: a REFER whose token says something else, or was changed, is refused', () => {
  const refers = (referTo: string, token: Pick<Trial, 'lines' | 'body'>) =>
    run({
      method: 'REFER',
      caller: { ...bob, aors: ['sip:alice@example.test'] } as Caller,
      ...token,
      lines: [`Refer-To: ${referTo}`, ...(token.lines ?? [])],
    })
  assert.equal(refers('<sip:bob@example.test>', referred()), 'next')
  assert.equal(refers('<sip:carol@example.test>', referred()), 'reply 429 token-of-another-refer')
  const token = referred()
  const changed = { ...token, body: (token.body ?? '').replace('Refer-To: <sip:bob', 'Refer-To: <sip:eve') }
  assert.equal(refers('<sip:eve@example.test>', changed), 'reply 429 content-changed')
})

test('RFB-05: a token that proves the referrer lets the call on, where one is demanded too', () => {
  const saw: string[] = []
  assert.equal(run({ ...referred(), saw, refer: { requireToken: everywhere } }), 'next')
  assert.deepEqual(saw, ['verified'])
})

test('RFB-05: without a token the reference is unverified, and refused where one is demanded', () => {
  const lines = ['Referred-By: <sip:alice@example.test>']
  const demand = (changes: object) => ({ requireToken: { ...everywhere, everywhere: false, ...changes } })
  const saw: string[] = []
  assert.equal(run({ lines, saw }), 'next')
  assert.deepEqual(saw, ['unverified'])
  const refused = 'reply 429 referrer-token-missing'
  assert.equal(run({ lines, refer: { requireToken: everywhere } }), refused)
  assert.equal(run({ lines, refer: demand({ ownUsers: true }) }), refused)
  assert.equal(run({ lines, refer: demand({ domains: ['example.test'] }) }), refused)
  assert.equal(run({ lines, refer: demand({ domains: ['other.test'] }) }), 'next')
  const carried = { uri: 'sip:+44@x.test', context: { viaTrunk: 'carrier' } }
  assert.equal(run({ lines, ...carried, refer: demand({ trunks: ['carrier'] }) }), refused)
  assert.equal(run({ lines, ...carried, refer: demand({ ownUsers: true }) }), 'next')
})

test('RFB-12: forged, edited, pasted, stale and second-hand references are refused, whatever is demanded', () => {
  const mallory = authority.user('sip:mallory@example.test')
  const stranger = new UserAuthorityOfTests(NOW_MS).user('sip:alice@example.test')
  const edited = referred()
  const nothing = { lines: [`Referred-By: ${REFERRED_BY}`] }
  for (const [trial, why] of [
    [referred({ signer: mallory }), 'token-of-another-signer'],
    [referred({ signer: stranger }), 'certificate-untrusted'],
    [{ ...edited, body: (edited.body ?? '').replace('sip:bob@', 'sip:eve@') }, 'content-changed'],
    [
      {
        ...edited,
        lines: [`Referred-By: ${REFERRED_BY.replace('alice', 'boss')}`, ...(edited.lines ?? []).slice(1)],
      },
      'token-of-another-referrer',
    ],
    [referred({ referTo: '<sip:carol@example.test>' }), 'token-for-another-target'],
    [referred({ to: '<sip:dave@example.test>' }), 'token-for-another-referee'],
    [referred({ dateMs: NOW_MS - 3_601_000 }), 'token-stale'],
    [nothing, 'token-not-there'],
    [
      { ...nothing, lines: [...nothing.lines, 'Content-Type: multipart/mixed;boundary=b'], body: '--b' },
      'boundary-malformed',
    ],
  ] as const)
    assert.equal(run(trial), `reply 429 ${why}`)
})

test('RFB-07: a token is good for one call', () => {
  const refer = { used: portsWith().refer.used }
  const token = referred({ to: '<sip:bob@example.test>' })
  assert.equal(run({ ...token, refer }), 'next')
  assert.equal(run({ ...token, refer, callId: 'call-2' }), 'reply 429 token-used')
})

test('RFB-05: a token that is encrypted for the refer target proves nothing here, and is not refused for that', () => {
  const encrypted = writeSigned('Content-Type: application/pkcs7-mime\r\n\r\nsecret', alice, NOW_MS)
  const token = carrying(encrypted, REFERRED_BY)
  assert.equal(run(token), 'next')
  assert.equal(run({ ...token, refer: { requireToken: everywhere } }), 'reply 429 referrer-token-missing')
})

test('RFB-10: who takes over a call from outside proves that he was referred', () => {
  const replaces = 'Replaces: c9;to-tag=1;from-tag=2'
  assert.equal(run({ lines: [replaces] }), 'next')
  assert.equal(run({ lines: [replaces], caller: carrier }), 'reply 403 replaces-without-reference')
  assert.equal(run({ lines: [replaces], method: 'SUBSCRIBE' }), 'reply 400 replaces-outside-invite')
  assert.equal(run({ lines: ['Replaces: c9'] }), 'reply 400 replaces-malformed')
  const referTo = '<sip:bob@example.test?Replaces=c9%3Bto-tag%3D1%3Bfrom-tag%3D2>'
  const token = referred({ referTo })
  assert.equal(run({ ...token, lines: [replaces, ...(token.lines ?? [])], caller: carrier }), 'next')
  assert.equal(run({ ...token, caller: carrier }), 'reply 429 token-for-another-target')
})

test('what comes in a call was let in when the call began', () => {
  assert.equal(
    run({ lines: ['Referred-By: <sip:x@y.test>'], isInDialog: true, refer: { requireToken: everywhere } }),
    'next',
  )
})
