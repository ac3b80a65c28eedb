import type { Transports } from '../net/transports.ts'
import type { TransactionLayer } from '../sip/transaction/layer.ts'
import type { Store } from '../store/store.ts'
import type { Core } from './core/core.ts'
import { eventLoopLag } from './event-loop-lag.ts'
import type { Metrics } from './metrics.ts'

/** What the gauges read. */
export interface GaugeSources {
  readonly transports: Transports
  readonly layer: TransactionLayer
  readonly store: Store
  readonly core: Core
}

/** Figures of this moment, read when somebody asks for the metrics. */
export function registerGauges(metrics: Metrics, { transports, layer, store, core }: GaugeSources): void {
  metrics.gauge('aspis_bindings', 'Bindings in the location service', () => store.location.count(), 'max')
  metrics.gauge('aspis_requests_running', 'Forwarded requests that wait for an answer', () => core.running)
  metrics.gauge('aspis_calls', 'Calls that were answered and not ended yet', () => core.calls.count)
  metrics.gauge(
    'aspis_storage_healthy',
    '1 when the last write and read of the store worked',
    () => (store.healthy() ? 1 : 0),
    'min',
  )
  metrics.gauge(
    'aspis_draining',
    '1 while the server refuses what is new',
    () => (core.isDraining ? 1 : 0),
    'max',
  )
  metrics.gauge(
    'aspis_connections',
    'Open connections, handshakes among them',
    () => transports.stats().connections,
  )
  metrics.gauge(
    'aspis_tls_handshakes_waiting',
    'TLS clients that greeted and wait for their turn',
    () => transports.stats().handshakesWaiting,
  )
  metrics.counterFrom(
    'aspis_tls_handshakes_total',
    'TLS handshakes that clients completed',
    () => transports.stats().handshakesCompleted,
  )
  metrics.counterFrom(
    'aspis_tls_sessions_resumed_total',
    'TLS handshakes that resumed a session',
    () => transports.stats().handshakesResumed,
  )
  metrics.gauge(
    'aspis_send_backlog_bytes',
    'Octets that wait for peers to read',
    () => transports.stats().sendBacklogBytes,
  )
  const datagrams = () => transports.stats().datagrams
  metrics.counterFrom(
    'aspis_datagrams_overflowed_total',
    'Datagrams lost because they came faster than they were read',
    () => datagrams().reduce((sum, { overflows = 0 }) => sum + overflows, 0),
  )
  metrics.counterFrom(
    'aspis_datagrams_unsent_total',
    'Datagrams not sent because the system took no more',
    () => datagrams().reduce((sum, { dropped }) => sum + dropped, 0),
  )
  eventLoopLag()
  metrics.gauges(
    'aspis_event_loop_lag_seconds',
    'How late the event loop came to its work in the last one to two minutes',
    'quantile',
    eventLoopLag,
    'max',
  )
  metrics.gauge(
    'aspis_heap_bytes',
    'Octets of JavaScript objects, garbage among them',
    () => process.memoryUsage().heapUsed,
  )
  metrics.gauge(
    'aspis_transactions_remembered',
    'Transactions that are over and wait for retransmissions',
    () => layer.finished,
  )
  metrics.gauges('aspis_transactions', 'Transactions alive, by machine', 'machine', () => {
    const { inviteClient, nonInviteClient, inviteServer, nonInviteServer } = layer.counts
    return [
      ['invite-client', inviteClient],
      ['non-invite-client', nonInviteClient],
      ['invite-server', inviteServer],
      ['non-invite-server', nonInviteServer],
    ]
  })
}
