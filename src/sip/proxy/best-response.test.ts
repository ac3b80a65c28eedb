import assert from 'node:assert/strict'
import { test } from 'node:test'
import { response } from '../../../test/support/sip-text.ts'
import { H } from '../message/header-id.ts'
import { bestAnswer, type FinalAnswer, type Outcome } from './best-response.ts'

function best(statuses: readonly number[], parts: Partial<Outcome> = {}): FinalAnswer {
  return bestAnswer({
    isInvite: true,
    responses: statuses.map(status => response(status)),
    failures: [],
    isCancelled: false,
    isOwnDomain: true,
    ...parts,
  })
}

function statusOf(answer: FinalAnswer): number | 'silence' {
  if (answer.kind === 'silence') return 'silence'
  return answer.kind === 'own' ? answer.status : answer.response.status
}

test('PRX-16: any 6xx wins, then the lowest class', () => {
  assert.equal(statusOf(best([404, 302, 603, 600])), 603)
  assert.equal(statusOf(best([500, 404, 302])), 302)
  assert.equal(statusOf(best([500, 404])), 404)
})

test('PRX-16: within 4xx what tells the caller how to ask again comes first', () => {
  for (const status of [401, 407, 415, 420, 484])
    assert.equal(statusOf(best([404, 486, status, 480])), status)
})

test('PRX-16: a busy person counts for more than a device that was not there', () => {
  assert.equal(statusOf(best([408, 480, 486, 404])), 486)
  assert.equal(statusOf(best([487, 404])), 404)
  assert.equal(statusOf(best([486, 600 - 186])), 486)
})

test('PRX-16: nothing from anywhere is 408 to an INVITE', () => {
  assert.deepEqual(best([], { failures: ['timeout', 'transport-error'] }), { kind: 'own', status: 408 })
})

test('C-02: nothing from anywhere, or a 408, is silence to any other method', () => {
  assert.deepEqual(best([], { isInvite: false, failures: ['timeout'] }), { kind: 'silence' })
  assert.deepEqual(best([408], { isInvite: false }), { kind: 'silence' })
  assert.equal(statusOf(best([408, 404], { isInvite: false })), 404)
  assert.equal(statusOf(best([408])), 408)
})

test('PRX-17: a lone 503 goes up as 500, and another 5xx is preferred', () => {
  assert.deepEqual(best([503]), { kind: 'own', status: 500 })
  assert.deepEqual(best([503, 503]), { kind: 'own', status: 500 })
  assert.equal(statusOf(best([503, 501])), 501)
})

test('TRN-08: a branch that could not be sent counts as a 503', () => {
  assert.deepEqual(best([], { failures: ['transport-error'] }), { kind: 'own', status: 500 })
})

test('OUT-03: 430 never reaches an endpoint', () => {
  assert.deepEqual(best([430]), { kind: 'own', status: 480 })
  assert.equal(statusOf(best([430], { isOwnDomain: false })), 430)
  assert.deepEqual(best([], { failures: ['flow-failed'] }), { kind: 'own', status: 480 })
  assert.equal(statusOf(best([430, 404])), 404)
})

test('TXN-16: a cancelled INVITE ends in 487', () => {
  assert.deepEqual(best([], { isCancelled: true, failures: ['timeout'] }), { kind: 'own', status: 487 })
  assert.equal(statusOf(best([486, 487], { isCancelled: true })), 487)
  assert.equal(statusOf(best([487, 603], { isCancelled: true })), 603)
})

test('PRX-19, DIG-25: the chosen challenge carries those of all other branches, unmodified and in order', () => {
  const challenges = [
    response(407, [
      'Proxy-Authenticate: Digest realm="a", nonce="1"',
      'Proxy-Authenticate: Digest realm="a", nonce="2"',
    ]),
    response(404, ['WWW-Authenticate: Digest realm="not a challenge"']),
    response(401, ['WWW-Authenticate: Digest realm="b",  nonce="3"']),
    response(407, ['Proxy-Authenticate: Digest realm="c", nonce="4"', 'WWW-Authenticate: Digest realm="d"']),
  ]
  const answer = best([], { responses: challenges })
  assert.ok(answer.kind === 'forward')
  assert.equal(answer.response, challenges[0])
  assert.deepEqual(answer.edits.challenges, [
    [H.wwwAuthenticate, 'Digest realm="b",  nonce="3"'],
    [H.wwwAuthenticate, 'Digest realm="d"'],
    [H.proxyAuthenticate, 'Digest realm="c", nonce="4"'],
  ])
})

test('PRX-19: another status carries no challenges', () => {
  const answer = best([], {
    responses: [response(603), response(401, ['WWW-Authenticate: Digest realm="b"'])],
  })
  assert.ok(answer.kind === 'forward')
  assert.deepEqual(answer.edits.challenges, [])
})
