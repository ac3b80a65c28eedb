import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trace } from '../../../test/support/trace.ts'
import { detector } from '../detector.ts'

/** A detector that writes down what the tracker derives. */
function noting(): { notes: string[]; sources: string[]; trace: Trace } {
  const notes: string[] = []
  const sources: string[] = []
  const watcher = detector({
    ...{ id: 'noting', title: '', class: 'state', threats: [], isSpoofable: false, score: 0, evasion: '' },
    thresholds: {},
    start: () => ({
      call: ({ phase, call, source }) => {
        notes.push(`${phase} ${call.from} ${call.destination} ${call.endedBy}`)
        sources.push(source.ip)
      },
      doubt: ({ doubt, account }) => void notes.push(`${doubt} ${account}`),
      registration: ({ account, isRemoval }) => void notes.push(`registration ${account} ${isRemoval}`),
    }),
  })
  return { notes, sources, trace: new Trace([watcher]) }
}

const CALLER = '192.0.2.1'
const CALLEE = '192.0.2.2'

test('a call is followed from its INVITE to its BYE', () => {
  const { notes, trace } = noting()
  trace.talks(CALLER, CALLEE, 60_000)
  assert.deepEqual(notes, [
    'began alice@example.test bob nobody',
    'ringing alice@example.test bob nobody',
    'answered alice@example.test bob nobody',
    'acknowledged alice@example.test bob nobody',
    'ended alice@example.test bob caller',
  ])
  assert.equal(trace.observer.calls, 0)
})

test('the source of a call is its caller, whoever spoke, and at the end who hung up', () => {
  const { sources, trace } = noting()
  const invite = trace.call(CALLER)
  trace.responds(CALLEE, CALLER, invite, 180)
  trace.responds(CALLEE, CALLER, invite, 200)
  const inside = { method: 'BYE', callId: invite.callId, fromTag: 'callee', toTag: invite.from.tag ?? '' }
  trace.responds(CALLER, CALLEE, trace.request(CALLEE, inside), 200)
  assert.deepEqual(sources, [CALLER, CALLER, CALLER, CALLEE])
})

test('a 2xx without ACK is told after 32 s', () => {
  const { notes, trace } = noting()
  const invite = trace.call(CALLER)
  trace.responds(CALLEE, CALLER, invite, 200)
  trace.wait(31_000)
  assert.equal(notes.length, 2)
  trace.wait(3000)
  assert.match(notes[2] ?? '', /^unacknowledged/)
})

test('an INVITE that was challenged by us begins no call', () => {
  const { notes, trace } = noting()
  trace.asks(CALLER, {}, 407)
  assert.deepEqual(notes, [])
})

test('an ACK of a refusal is no doubt, and one that follows nothing is', () => {
  const { notes, trace } = noting()
  const invite = trace.asks(CALLER, {}, 407)
  const ack = { method: 'ACK', callId: invite.callId, toTag: 'ours' }
  for (let i = 0; i < 2; i += 1) {
    trace.observer.drop(trace.where(CALLER), trace.request(CALLER, ack), 'no-dialog')
  }
  assert.deepEqual(notes, ['request-of-no-dialog '])
})

function answered(trace: Trace, callId: string): { fromTag: string; toTag: string; callId: string } {
  const invite = trace.call(CALLER, { callId, fromTag: 'a' })
  trace.responds(CALLEE, CALLER, invite, 200)
  trace.request(CALLER, { method: 'ACK', callId, fromTag: 'a', toTag: 'callee' })
  return { fromTag: 'a', toTag: 'callee', callId }
}

test('E01: a BYE from an address that is neither side is doubted', () => {
  const { notes, trace } = noting()
  const dialog = answered(trace, 'c1')
  trace.asks('198.51.100.9', { method: 'BYE', ...dialog }, 403)
  assert.equal(notes.at(-1), 'request-from-another-source alice@example.test')
  assert.equal(trace.observer.calls, 1, 'the call goes on')
})

test('a BYE of the callee is none of that, and names who hung up', () => {
  const { notes, trace } = noting()
  answered(trace, 'c1')
  const bye = trace.request(CALLEE, { method: 'BYE', fromTag: 'callee', toTag: 'a', callId: 'c1' })
  trace.responds(CALLER, CALLEE, bye, 200)
  assert.equal(notes.at(-1), 'ended alice@example.test bob callee')
})

test('a phone that changed its address and logged in again is believed', () => {
  const { notes, trace } = noting()
  const dialog = answered(trace, 'c1')
  const line = 'Proxy-Authorization: Digest username="alice"'
  const again = trace.request('198.51.100.9', { method: 'INVITE', ...dialog, lines: [line] })
  trace.responds(CALLEE, '198.51.100.9', again, 200)
  assert.ok(!notes.some(note => note.startsWith('request-from')), notes.join('\n'))
})

test('E07: tags of no dialog, and requests of no call at all, are doubted', () => {
  const { notes, trace } = noting()
  const { callId } = answered(trace, 'c1')
  trace.asks(CALLER, { method: 'BYE', callId, fromTag: 'a', toTag: 'guess' }, 481)
  assert.equal(notes.at(-1), 'tags-of-no-dialog alice@example.test')
  trace.asks(CALLER, { method: 'BYE', callId: 'other', fromTag: 'a', toTag: 'b' }, 481)
  assert.equal(notes.at(-1), 'request-of-no-dialog ')
})

test('E02: a CANCEL from another address, and one of nothing, are doubted', () => {
  const { notes, trace } = noting()
  trace.call(CALLER, { callId: 'c1', fromTag: 'a' })
  trace.request('198.51.100.9', { method: 'CANCEL', callId: 'c1', fromTag: 'a' })
  assert.equal(notes.at(-1), 'cancel-from-another-source alice@example.test')
  trace.request(CALLER, { method: 'CANCEL', callId: 'c1', fromTag: 'a' })
  assert.equal(notes.length, 2)
  trace.asks(CALLER, { method: 'CANCEL', callId: 'c2' }, 481)
  assert.equal(notes.at(-1), 'cancel-of-nothing ')
})

test('a registration and its end are told', () => {
  const { notes, trace } = noting()
  trace.logsIn(CALLER, 'alice')
  trace.logsIn(CALLER, 'alice', '', { lines: ['Expires: 0'] })
  assert.deepEqual(notes, ['registration alice@example.test false', 'registration alice@example.test true'])
})

test('more calls than are followed make the oldest forgotten, never more memory', () => {
  const { notes, trace } = noting()
  for (let i = 0; i < 20_500; i += 1) {
    trace.atMs += 1
    trace.call(CALLER, { callId: `c${i}` })
  }
  assert.ok(trace.observer.calls <= 20_000)
  assert.equal(notes.filter(note => note.startsWith('forgotten')).length, 500)
})

test('the ACK of a challenge, which nobody waits for, is not doubted; a second one is', () => {
  const { notes, trace } = noting()
  trace.asks(CALLER, { callId: 'c9', fromTag: 'a' }, 407)
  const ack = { method: 'ACK', callId: 'c9', fromTag: 'a', toTag: 'ours' }
  trace.observer.drop(trace.where(CALLER), trace.request(CALLER, ack), 'ack-without-proof')
  assert.deepEqual(notes, [])
  trace.observer.drop(trace.where(CALLER), trace.request(CALLER, ack), 'ack-without-proof')
  assert.deepEqual(notes, ['request-of-no-dialog '])
})
