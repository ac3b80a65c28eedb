import type { Address } from '../../../base/flow.ts'
import { DETECTORS } from '../../../detect/detectors.ts'
import type { Config } from '../../config/config.ts'
import { Neighbours } from '../../neighbours.ts'
import type { ReplayFileOptions } from './replay-file.ts'

/** Detectors and neighbours as a configuration has them. */
export function replayOptions(config: Config, servers: readonly Address[] = []): ReplayFileOptions {
  const neighbours = new Neighbours(config)
  return {
    detectors: DETECTORS,
    settings: {},
    known: { trunkOf: ip => neighbours.trunkOfAddress(ip), isAllowed: () => false },
    servers,
  }
}
