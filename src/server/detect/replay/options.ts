import type { Address } from '../../../base/flow.ts'
import { parseNetwork } from '../../../base/network.ts'
import { NetworkTable } from '../../../base/network-table.ts'
import { DETECTORS } from '../../../detect/detectors.ts'
import type { Config } from '../../config/config.ts'
import { Neighbours } from '../../neighbours.ts'
import type { ReplayFileOptions } from './replay-file.ts'

/** Detectors, neighbours, allowed addresses and response policy as a configuration has them. */
export function replayOptions(config: Config, servers: readonly Address[] = []): ReplayFileOptions {
  const neighbours = new Neighbours(config)
  const allowed = new NetworkTable<true>()
  for (const text of config.detection.allow) {
    const network = parseNetwork(text)
    if (network !== undefined) allowed.set(network, true)
  }
  return {
    detectors: DETECTORS,
    // Whatever the mode of the whole: who replays wants to see.
    settings: config.detection.detectors,
    known: {
      trunkOf: ip => neighbours.trunkOfAddress(ip),
      isAllowed: ip => allowed.covering(ip.split('/')[0] ?? ip) === true,
    },
    servers,
    policy: { ...config.detection.response, mode: 'enforce' },
  }
}
