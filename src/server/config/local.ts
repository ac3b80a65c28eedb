import { resolve } from 'node:path'
import type { Config, ListenConfig } from './config.ts'
import { type LoadedConfig, parseConfig } from './load.ts'

/** The domain of a machine that nobody configured: `.internal` is reserved for private use. */
const LOCAL_DOMAIN = 'aspis.internal'

/** Name of the configuration file that is looked for when `-c` is not given. */
export const DEFAULT_FILE = 'aspis.yaml'

/** An address of this machine. */
export interface LocalAddress {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly internal: boolean
}

/**
 * What is served with no configuration file: the loopback address and the machine's first IPv4 address
 * that others reach, under a private domain; everything at its secure default.
 * @param folder where the data folder is put
 */
export function localConfig(addresses: readonly LocalAddress[], folder: string): Config {
  const lan = lanAddress(addresses)
  const aliases = ['localhost', '127.0.0.1', ...(lan === undefined ? [] : [lan])]
  const lines = [
    'domains:',
    `  - {name: ${LOCAL_DOMAIN}, aliases: [${aliases.join(', ')}]}`,
    'listen:',
    ...localListen(lan).map(listen => `  - ${listen}`),
  ]
  const file = resolve(folder, DEFAULT_FILE)
  const loaded: LoadedConfig = parseConfig(`${lines.join('\n')}\n`, file, {})
  if (loaded.config === undefined)
    throw new RangeError(`the default configuration is wrong: ${JSON.stringify(loaded.problems)}`)
  const { file: _none, ...config } = loaded.config
  return config
}

/** The first address of a family that is neither of this machine alone nor of one link. */
export function lanAddress(
  addresses: readonly LocalAddress[],
  wanted: LocalAddress['family'] = 'IPv4',
): string | undefined {
  return addresses.find(
    ({ address, family, internal }) =>
      family === wanted && !internal && !/^(?:169\.254\.|fe[89ab])/i.test(address),
  )?.address
}

function localListen(lan: string | undefined): ListenConfig['text'][] {
  return ['127.0.0.1', ...(lan === undefined ? [] : [lan])].flatMap(ip => [
    `udp://${ip}:5060`,
    `tcp://${ip}:5060`,
    `tls://${ip}:5061`,
    `wss://${ip}:7443`,
  ])
}
