import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from '../../../test/support/stage-context.ts'
import { type Detector, detector } from '../../detect/detector.ts'
import { Engine } from '../../detect/engine.ts'
import { Observer } from '../../detect/observer.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { DiameterEvents } from '../aaa/diameter-events.ts'
import { AaaEvents } from '../aaa/events.ts'
import { CoreEvents } from '../core/events.ts'
import { IdentityEvents } from '../identity/events.ts'
import { createLog } from '../log.ts'
import { Metrics } from '../metrics.ts'
import { Sensor } from './sensor.ts'

const log = createLog({ level: 'error', format: 'json', write: () => {}, nowMs: () => 0 })

/** A detector that writes down what the server tells of itself. */
function noting(notes: string[]): Detector {
  return detector({
    ...{ id: 'noting', title: '', class: 'spec', threats: [], isSpoofable: false, score: 0, evasion: '' },
    thresholds: {},
    start: () => ({
      aaa: ({ server, what, detail }) => void notes.push(`${server} ${what} ${detail}`),
      identity: ({ isValid, why, claimed }) => void notes.push(`${isValid} ${why} ${claimed}`),
      naming: ({ name, what }) => void notes.push(`${name} ${what}`),
      rule: ({ isAllowed, rule, toClass, caller }) =>
        void notes.push(`${isAllowed} ${rule} ${toClass} ${caller}`),
    }),
  })
}

function sensorOf(...detectors: readonly Detector[]): Sensor {
  const engine = new Engine({
    ...{ detectors, settings: {}, hashKey: new Uint8Array(16), wallMs: () => 0 },
    known: { trunkOf: () => undefined, isAllowed: () => false },
    onFinding: () => {},
    onDisabled: (_id, error) => assert.fail(error),
  })
  return new Sensor({
    later: work => work(),
    ...{ observer: new Observer(engine), nowMs: () => 1000, trunkOf: () => undefined },
    onFailed: error => {
      throw error
    },
  })
}

test('H09 H10: answers of AAA servers that are not believed are told, and servers that come and go', () => {
  const notes: string[] = []
  const sensor = sensorOf(noting(notes))
  const radius = new AaaEvents(new Metrics(), log, () => sensor)
  radius.ignored('radius-1', 'message-authenticator-missing')
  radius.ignored('radius-1', 'unmatched')
  radius.serverChanged('radius-1', false)
  const diameter = new DiameterEvents(new Metrics(), log, () => sensor)
  diameter.refused('hss', 'avp-length')
  diameter.refused('hss', 'answer-unmatched')
  diameter.peer('hss', 'identity-wrong', undefined)
  diameter.peer('hss', 'watchdog-failed', undefined)
  assert.deepEqual(notes, [
    'radius-1 answer-forged message-authenticator-missing',
    'radius-1 dead ',
    'hss answer-forged avp-length',
    'hss answer-forged identity-wrong',
    'hss dead watchdog-failed',
  ])
})

test('D03: what the verification service judged is told with who is claimed', () => {
  const notes: string[] = []
  const sensor = sensorOf(noting(notes))
  const events = new IdentityEvents(new Metrics(), log, () => sensor)
  const context = contextOf({})
  events.judged(context, { decision: undefined, status: 438, why: 'signature-wrong' })
  events.judged(context, { decision: undefined, status: 200, why: 'no-identity' })
  assert.deepEqual(notes, [`false signature-wrong ${context.request.from.uri.user ?? ''}`])
})

test('what the policy decided is told to who watches it, and is not put into words for nobody', () => {
  const notes: string[] = []
  const events = new CoreEvents(new Metrics(), log)
  const context = contextOf({})
  const decision = { isAllowed: false, rule: 'no-premium', via: undefined, toClass: 'premium' }
  const decided = () => events.decided(decision, { kind: 'unproven' }, context)
  events.sensor = sensorOf()
  decided()
  events.sensor = sensorOf(noting(notes))
  decided()
  assert.deepEqual(notes, ['false no-premium premium unproven'])
})

test('H01: what the resolver found odd is told without a message', () => {
  const notes: string[] = []
  sensorOf(noting(notes)).tell({ kind: 'naming', name: 'a.test', what: 'answer-mismatched', detail: '' })
  sensorOf().tell({ kind: 'naming', name: 'b.test', what: 'answer-mismatched', detail: '' })
  assert.deepEqual(notes, ['a.test answer-mismatched'])
})

test('a fault of the detection is told, and stops nobody: a message that nobody checked among them', () => {
  const faults: unknown[] = []
  const engine = new Engine({
    ...{ detectors: [], settings: {}, hashKey: new Uint8Array(16), wallMs: () => 0 },
    known: { trunkOf: () => undefined, isAllowed: () => false },
    onFinding: () => {},
    onDisabled: () => {},
  })
  const sensor = new Sensor({
    later: work => work(),
    ...{ observer: new Observer(engine), nowMs: () => 1000, trunkOf: () => undefined },
    onFailed: error => faults.push(error),
  })
  const { flow } = contextOf()
  const broken = parseMessage('BYE sip:a@example.test SIP/2.0\r\nTo: <<<\r\n\r\n', true)
  assert.ok(broken.ok && broken.value.kind === 'request')
  sensor.answered(400, 'name-addr-malformed', flow, broken.value)
  assert.equal(faults.length, 1)
})

test('what was refused as malformed is told once, as that', () => {
  const events = new CoreEvents(new Metrics(), log)
  events.sensor = sensorOf()
  const { flow } = contextOf()
  const broken = parseMessage('BYE sip:a@example.test SIP/2.0\r\nTo: <<<\r\n\r\n', true)
  assert.ok(broken.ok && broken.value.kind === 'request')
  events.answered(400, 'name-addr-malformed', flow, broken.value, false)
  events.dropped('unserved-domain', flow, broken.value, false)
})
