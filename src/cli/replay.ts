import { resolve } from 'node:path'
import { buildCommand } from '@stricli/core'
import type { Address } from '../base/flow.ts'
import { canonicalIp } from '../base/ip-address.ts'
import { replayOptions } from '../server/detect/replay/options.ts'
import { replayFile } from '../server/detect/replay/replay-file.ts'
import { reportJson, reportText } from '../server/detect/replay/report.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print, tell } from './context.ts'
import { formatFlag } from './user-list.ts'

interface Flags extends ConfigFlags {
  readonly server?: readonly Address[]
  readonly format: 'text' | 'json'
}

/** `aspis replay calls.pcapng` */
export const replay = buildCommand<Flags, [string], CliContext>({
  func(flags, written) {
    const options = replayOptions(openConfiguration(this, flags), flags.server ?? [])
    const outcome = replayFile(resolve(this.process.cwd(), written), options)
    const report = flags.format === 'json' ? reportJson : reportText
    print(this, report(written, outcome))
    if (outcome.problem !== undefined) tell(this, `warning: ${written}: ${outcome.problem}`)
    exitWith(this, outcome.findings.length > 0 ? EXIT.findings : EXIT.fine)
  },
  parameters: {
    flags: {
      config: configFlag,
      server: {
        kind: 'parsed',
        parse: readPlace,
        variadic: true,
        optional: true,
        placeholder: 'ip[:port]',
        brief: 'Whose traffic it is, once or several times; without it the one whom most send to',
      },
      format: formatFlag(),
    },
    aliases: { c: 'config' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, placeholder: 'file', brief: 'A capture: pcap or pcapng' }],
    },
  },
  docs: {
    brief: 'Say what the detectors find in a capture',
    fullDescription:
      'Shows a pcap or pcapng file to the detectors of the server: SIP over UDP and TCP, IPv4 and IPv6. Thresholds and trunks are those of the configuration. Exit code 1 when there are findings.\n\nExample:\n  aspis replay night.pcapng --server 192.0.2.2:5060',
  },
})

/** `192.0.2.2`, `192.0.2.2:5060`, `2001:db8::2` or `[2001:db8::2]:5060`. */
function readPlace(written: string): Address {
  const bare = canonicalIp(written)
  if (bare !== undefined) return { ip: bare, port: 0 }
  const [, inside, outside, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(written) ?? []
  const ip = canonicalIp(inside ?? outside ?? '')
  const port = Number(digits)
  if (ip === undefined || port < 1 || port > 65_535)
    throw new SyntaxError(`"${written}" is no address such as 192.0.2.2 or 192.0.2.2:5060`)
  return { ip, port }
}
