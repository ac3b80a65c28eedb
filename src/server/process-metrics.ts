import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/** What every process of a server tells of itself. */
export function registerProcessMetrics(metrics: Metrics, log: Log): void {
  metrics.counterFrom(
    'aspis_log_lines_left_out_total',
    'Log lines left out because their event was too frequent.',
    () => log.suppressed,
  )
  metrics.counterFrom('process_cpu_seconds_total', 'CPU time used.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  metrics.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  const startSeconds = Math.round(Date.now() / 1000 - process.uptime())
  metrics.gauge(
    'process_start_time_seconds',
    'When the process started, in seconds since 1970.',
    () => startSeconds,
    'min',
  )
}
