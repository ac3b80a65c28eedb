import type { Flow } from '../../base/flow.ts'
import { NetworkTable } from '../../base/network-table.ts'
import type { Transports } from '../../net/transports.ts'
import type { BanListener } from './bans.ts'

/** Closes the connections of whoever is banned; a neighbour that is known by its certificate keeps his. */
export function closesBanned(
  transports: Pick<Transports, 'flows'>,
  isTrunk: (flow: Flow) => boolean,
): BanListener {
  return {
    onAdded: ({ network }) => {
      const banned = new NetworkTable<true>()
      banned.set(network, true)
      const flows = transports.flows().filter(({ remote }) => banned.covering(remote.ip) === true)
      if (flows.length === 0) return
      // What led to the ban may be a message of such a connection, which is still being read.
      setImmediate(() => {
        for (const flow of flows) if (!isTrunk(flow)) flow.close('banned')
      })
    },
    onRemoved: () => {},
  }
}
