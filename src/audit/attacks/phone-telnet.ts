import { attack } from '../attack.ts'
import { octetStream } from '../octet-stream.ts'
import { isThere } from '../provisioning.ts'

/** A phone that can be operated by Telnet. */
export const phoneTelnet = attack({
  id: 'phone-telnet',
  entry: 'H08',
  title: 'logs in to a phone by Telnet, where it is open',
  threats: ['telnet-on-phones'],
  clause: 'Table 1, row 7: Telnet',
  references: ['RFC 854', 'RFC 2941 §7'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 4,
  needs: ['phone'],
  expected: 'The port of Telnet takes no connection.',
  mending: {
    aspis: 'Aspis opens no Telnet; disable it in the configuration of the phone.',
    kamailio: 'Disable Telnet in the configuration of the phone, and close its port on the network.',
    opensips: 'Disable Telnet in the configuration of the phone, and close its port on the network.',
    asterisk: 'Disable Telnet in the configuration of the phone, and close its port on the network.',
  },
  async run(trial) {
    const { phone } = trial.target
    if (phone === undefined) return trial.skipped('needs the address of a phone')
    const at = { ip: phone.host, port: phone.telnetPort ?? 23 }
    const stream = await octetStream(trial, { who: 'attacker', at, protocol: 'Telnet' })
    if (stream === undefined) {
      if (await isThere(phone, trial.answerMs))
        return trial.resisted('the port of Telnet takes no connection')
      return trial.inconclusive(`${phone.host} does not answer at all`)
    }
    const greeting = await stream.read(octets => (octets.length > 0 ? octets : undefined), trial.answerMs)
    if (greeting === undefined)
      return trial.inconclusive('the port of Telnet takes connections and says nothing')
    const text = greeting
      .toString('latin1')
      .replace(/[^\x20-\x7e]+/g, ' ')
      .trim()
      .slice(0, 60)
    stream.heard(text)
    return trial.succeeded(`Telnet is open and greets: ${text || 'options of Telnet'}`)
  },
})
