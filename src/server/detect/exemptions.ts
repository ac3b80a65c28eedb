import { type Network, parseNetwork } from '../../base/network.ts'
import { NetworkTable } from '../../base/network-table.ts'
import type { SubjectFacts } from '../../detect/response.ts'
import type { Config } from '../config/config.ts'
import { ownAddresses } from '../core/own-addresses.ts'
import { listenersOf } from '../edge.ts'

export type Exemption = NonNullable<SubjectFacts['exemption']>

/** Addresses about which nothing is done: what the operator allows, trunks by address, and our own. */
export class Exemptions {
  readonly #listed = new NetworkTable<Exemption>()
  /** Networks of the list, and our own addresses. */
  readonly #all: { readonly network: Network; readonly exemption: Exemption }[] = []
  readonly #isOurHost: (host: string) => boolean

  constructor(config: Pick<Config, 'advertise' | 'detection' | 'listen' | 'trunks'>) {
    const list = (texts: readonly string[], exemption: Exemption): void => {
      for (const text of texts) {
        const network = parseNetwork(text)
        if (network === undefined) continue
        this.#all.push({ network, exemption })
        if (exemption !== 'own-address') this.#listed.set(network, exemption)
      }
    }
    list(
      config.trunks.flatMap(({ addresses, host }) => [...addresses, host.replace(/^\[(.*)\]$/, '$1')]),
      'trunk',
    )
    list(config.detection.allow, 'allow-list')
    const own = [...listenersOf(config).map(({ address }) => address.ip), config.advertise?.host ?? '']
    // One that stands for all of the machine's is none.
    list(
      own.filter(ip => ip !== '0.0.0.0' && ip !== '::'),
      'own-address',
    )
    this.#isOurHost = ownAddresses(listenersOf(config), config.advertise?.host).isOurHost
  }

  /** Of whom a network has some. */
  within({ version, bits, text }: Network): Exemption | undefined {
    return this.#all.find(({ network }) => {
      const around = network.version === version && network.bits >= bits
      return around && parseNetwork(`${network.text.split('/')[0]}/${bits}`)?.text === text
    })?.exemption
  }

  /** @param ip an address, or an IPv6 /64 as sources are named */
  of(ip: string): Exemption | undefined {
    const bare = ip.split('/')[0] ?? ip
    return this.#listed.covering(bare) ?? (this.#isOurHost(bare) ? 'own-address' : undefined)
  }
}
