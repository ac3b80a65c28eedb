import type { ResponsePolicy } from '../../../src/detect/response.ts'
import { parseConfig } from '../../../src/server/config/load.ts'

/** Half of the score of an incident is left after so long. */
export const HALF_LIFE_MS = 600_000

/** What follows from findings where nothing is configured. */
export const DEFAULT_POLICY: ResponsePolicy = defaultPolicy()

function defaultPolicy(): ResponsePolicy {
  const { config } = parseConfig('domains: [example.test]\n', '/etc/aspis.yaml', {})
  if (config === undefined) throw new Error('the shortest configuration is not read')
  return { mode: 'enforce', ...config.detection.response }
}
