import { Policy } from '../../mechanisms/policy/index.ts'
import type { Config } from '../config/config.ts'

/** The rules of a configuration, ready to be asked. */
export function policyOfConfig(config: Pick<Config, 'domains' | 'policy' | 'rules'>): Policy {
  const { numbers, classes, times, zone, holidays } = config.policy
  const served = new Set(config.domains.flatMap(({ name, aliases }) => [name, ...aliases]))
  return new Policy(config.rules, {
    plan: numbers,
    classes,
    times,
    zone,
    holidays,
    isServed: host => served.has(host),
  })
}
