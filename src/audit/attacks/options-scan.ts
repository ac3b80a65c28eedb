import { attack } from '../attack.ts'
import { answered, namesToScan, scan, statusesOf, toldApart } from '../scanning.ts'

/** What svmap does: OPTIONS to one target after the other, to learn what serves there. */
export const optionsScan = attack({
  id: 'options-scan',
  entry: 'G01',
  title: 'scans with OPTIONS and learns what product serves',
  threats: ['scanning', 'known-internet-attacks'],
  clause: '§4, scanning',
  references: ['RFC 3261 §11', 'RFC 3261 §20.35'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account'],
  expected: 'A scan stops being answered, or its answers name no product and no user.',
  mending: {
    aspis:
      'On by default: no product is named, every name is asked for credentials alike, and detection (`host-scan`, `scanner-fingerprint`) rations who scans.',
    kamailio:
      'Set `server_header` and `user_agent_header` to say nothing, and drop scanners with the pike module and a match on `$ua`.',
    opensips: 'Set `server_signature=no`, drop scanners with the pike module and a match on `$ua`.',
    asterisk:
      'Set `user_agent` in the `[global]` section of pjsip.conf; ban scanners by its security log with fail2ban.',
  },
  async run(trial) {
    const { all, real } = namesToScan(trial.target)
    const scanner = await trial.stranger({ who: 'scanner' })
    const probes = all.map(name => ({
      name,
      saying: {
        method: 'OPTIONS',
        uri: `sip:${name}@${trial.target.ip}`,
        from: `sip:100@${scanner.line.local.ip}`,
        userAgent: 'friendly-scanner',
      },
    }))
    const seen = await scan(trial, probes, () => Promise.resolve(scanner))
    const counts = { asked: probes.length, answered: answered(seen), found: toldApart(seen, real).length }
    const banner = seen.find(each => each.banner !== '')?.banner ?? ''
    const said = `${counts.answered} of ${counts.asked} OPTIONS were answered (${statusesOf(seen)})`
    if (counts.answered < counts.asked) return trial.resisted(`${said}: the scan was cut off`, counts)
    if (banner !== '')
      return trial.succeeded(`${said}, and the server says that it is "${banner.slice(0, 60)}"`, counts)
    if (counts.found > 0)
      return trial.succeeded(
        `${said}, and ${counts.found} of ${real.length} users were told from nobody`,
        counts,
      )
    return trial.resisted(`${said}, all alike, and no product was named`, counts)
  },
})
