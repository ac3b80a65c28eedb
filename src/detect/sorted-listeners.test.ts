import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trace } from '../../test/support/trace.ts'
import { detector, type Watch } from './detector.ts'

/** Names of the requests and answers that a watch is told of. */
function told(only: Watch['only'], play: (trace: Trace) => void): string[] {
  const names: string[] = []
  const noting = detector({
    ...{ id: 'noting', title: '', class: 'state', threats: [], isSpoofable: false, score: 0, evasion: '' },
    thresholds: {},
    start: () => ({
      ...(only === undefined ? {} : { only }),
      request: ({ request }) => void names.push(request.method),
      answer: ({ request, status }) => void names.push(`${status} ${request.method}`),
    }),
  })
  play(new Trace([noting]))
  return names
}

const play = (trace: Trace): void => {
  trace.asks('192.0.2.1', { method: 'OPTIONS' }, 200)
  trace.asks('192.0.2.1', { method: 'BYE', toTag: 'x' }, 481)
  trace.asks('192.0.2.1', { method: 'PUBLISH' }, 405)
}

test('without a filter everything is told', () => {
  assert.equal(told(undefined, play).length, 6)
})

test('methods, dialogs and success are left out where nobody cares', () => {
  assert.deepEqual(told({ request: { methods: ['BYE'] }, answer: { methods: ['PUBLISH'] } }, play), [
    'BYE',
    '405 PUBLISH',
  ])
  assert.deepEqual(told({ request: { part: 'outside' }, answer: { part: 'failures' } }, play), [
    'OPTIONS',
    '481 BYE',
    'PUBLISH',
    '405 PUBLISH',
  ])
})

test('a source is at home for an hour after a login', () => {
  const only = { request: { strangers: true }, answer: { strangers: true } } as const
  const names = told(only, trace => {
    trace.logsIn('192.0.2.1', 'alice')
    play(trace)
    trace.wait(3_600_000)
    trace.asks('192.0.2.1', { method: 'OPTIONS' }, 200)
  })
  assert.deepEqual(names, ['REGISTER', 'OPTIONS', '200 OPTIONS'])
})
