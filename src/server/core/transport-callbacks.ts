import type { Flow, TransportName } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import type { ConnectionSeen } from '../../detect/sighting.ts'
import type { TransportCallbacks } from '../../net/callbacks.ts'
import { answerBinding } from '../../sip/transport/stun.ts'
import type { LocationStore } from '../../store/location.ts'
import type { Admission } from '../admission/admission.ts'
import type { Metrics } from '../metrics.ts'
import type { TurnClock } from '../turn-clock.ts'
import type { Core } from './core.ts'
import type { CoreEvents } from './events.ts'
import { type FlowTable, keyOfFlow } from './flows.ts'
import { RateLimit } from './rate-limit.ts'

/** What the transports' reports lead to. */
export interface CallbackParts {
  readonly core: () => Core | undefined
  readonly clock: TurnClock
  readonly flows: FlowTable
  readonly location: LocationStore
  readonly events: CoreEvents
  readonly metrics: Metrics
  readonly admission?: Admission | undefined
}

/** STUN answers to one source: a phone asks every 25 s, behind one address there may be many. */
const STUN_PER_SECOND = 50

/** Connects the transports with the core. */
export function transportCallbacks(parts: CallbackParts): TransportCallbacks {
  const { core, clock, flows, events, admission } = parts
  const closed = parts.metrics.counters(
    'aspis_connections_closed_total',
    'Connections closed, by reason',
    'reason',
  )
  const refused = parts.metrics.counters(
    'aspis_connections_refused_total',
    'Connections refused, by reason',
    'reason',
  )
  const unreachable = parts.metrics.counter('aspis_datagrams_unreachable_total', 'Datagrams that came back')
  const stun = new RateLimit(STUN_PER_SECOND)
  const lanes = admission?.lanes
  return {
    gate: lanes,
    admits: ip => admission?.admits(ip) !== false,
    isAsking: () => admission?.isAsking === true,
    onMessage: (text, flow) => {
      clock.hold()
      // Proved or not when it came: a login changes it.
      const isMeasured = lanes?.isStrained === true && !flow.isReliable && !flow.isProved
      const beganMs = isMeasured ? clock.nowMs() : 0
      try {
        core()?.receive(text, flow)
      } finally {
        clock.release()
        if (isMeasured) lanes.took(clock.nowMs() - beganMs)
      }
    },
    onStun: (bytes, flow) => {
      if (!stun.allows(flow.remote.ip, performance.now())) return undefined
      const answer = answerBinding(bytes, flow.remote)
      // A keep-alive is sent by who registered (RFC 5626 §4.4); a stranger gets no more than others do (DOS-03).
      const isSmall = answer !== undefined && answer.length <= bytes.length * LIMITS.maxAmplification
      return flow.isProved || isSmall ? answer : undefined
    },
    onBroken: (broken, flow) => {
      events.malformed(broken.error, flow, broken.head)
      return broken.status === 0 ? undefined : core()?.answerBroken(broken.head, broken.status, flow)
    },
    onOpened: flow => {
      flows.opened(flow)
      tellConnection(parts, flow.remote.ip, flow.transport, 'opened', '')
    },
    onClosed: (flow, reason) => {
      const why = reason.split(':')[0] ?? reason
      closed.add(why)
      tellConnection(parts, flow.remote.ip, flow.transport, 'closed', why)
      flows.closed(flow)
      forgetBindings(parts, flow)
    },
    onRefused: ({ reason, remote, transport }) => {
      refused.add(reason)
      tellConnection(parts, remote.ip, transport, 'refused', reason)
    },
    onUnreachable: () => unreachable.add(),
    onListenerError: (transport, _local, error) => events.failed(`listener-${transport}`, error),
  }
}

/** What becomes of connections is seen by the detectors, too. */
function tellConnection(
  { events: { sensor } }: CallbackParts,
  ip: string,
  transport: TransportName,
  change: ConnectionSeen['change'],
  why: string,
): void {
  if (sensor?.watches('connection') !== true) return
  sensor.seeFrom(ip, transport, { kind: 'connection', change, why })
}

/** What was registered by a connection that closed is reached no more (OUT-08). */
function forgetBindings({ location, events }: CallbackParts, flow: Flow): void {
  if (!flow.isReliable) return
  location.dropFlow(keyOfFlow(flow)).catch((error: unknown) => events.failed('bindings-not-dropped', error))
}
