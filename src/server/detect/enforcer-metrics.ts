import type { Metrics } from '../metrics.ts'
import type { Enforcer } from './enforcer.ts'

/** What a process did by orders of detection. */
export function registerEnforcerMetrics(metrics: Metrics, { bans, counts }: Enforcer): void {
  metrics.counterFrom(
    'aspis_banned_refused_total',
    'Datagrams and connections of banned networks that were refused unread',
    () => bans.refused,
  )
  metrics.counterFrom(
    'aspis_failures_answered_late_total',
    'Answers to wrong credentials that were kept back for five seconds',
    () => counts.late,
  )
  metrics.counterFrom(
    'aspis_failures_unanswered_total',
    'Answers to wrong credentials of rationed addresses that were not given',
    () => counts.silenced,
  )
  metrics.counterFrom(
    'aspis_calls_suspended_total',
    'Calls of suspended accounts that were refused',
    () => counts.suspended,
  )
}
