import { attack } from '../attack.ts'
import { datagrams } from '../datagrams.ts'
import { configurationNames, isThere } from '../provisioning.ts'

const DATA = 3
const ERROR = 5

/** The files that phones fetch by TFTP, which asks nobody who he is. */
export const phoneTftp = attack({
  id: 'phone-tftp',
  entry: 'H08',
  title: 'fetches the configuration of phones by TFTP, passwords in clear',
  threats: ['tftp-provisioning'],
  clause: 'Table 1, row 7: TFTP',
  references: ['RFC 1350 §2', 'RFC 1350 §5'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['phone'],
  expected: 'Nothing answers read requests of TFTP.',
  mending: {
    aspis:
      'Aspis opens no TFTP; provision by HTTPS with a certificate of the phone, and stop the TFTP server.',
    kamailio: 'Stop the TFTP server; provision by HTTPS with a certificate of the phone.',
    opensips: 'Stop the TFTP server; provision by HTTPS with a certificate of the phone.',
    asterisk: 'Stop the TFTP server; serve configuration by HTTPS with a certificate of the phone.',
  },
  async run(trial) {
    const { phone } = trial.target
    if (phone === undefined) return trial.skipped('needs the address of a phone')
    const at = { ip: phone.host, port: phone.tftpPort ?? 69 }
    const names = configurationNames(phone)
    const answers = await Promise.all(
      names.map(async name => {
        const socket = await datagrams(trial, { who: 'attacker', protocol: 'TFTP', to: at })
        const came = new Promise<'file' | 'refused' | undefined>(resolve => {
          setTimeout(() => resolve(undefined), trial.silenceMs * 2)
          socket.onDatagram(({ octets, from }) => {
            const code = octets.length < 4 ? 0 : octets.readUInt16BE(0)
            socket.heard(from, code === DATA ? `DATA, ${octets.length - 4} octets` : `opcode ${code}`)
            if (code !== DATA) return resolve(code === ERROR ? 'refused' : undefined)
            socket.send(Buffer.from([0, ERROR, 0, 0, 0]), from, 'ERROR: enough')
            resolve('file')
          })
        })
        socket.send(readRequest(name), at, `RRQ ${name}`)
        return await came
      }),
    )
    const files = names.filter((_, n) => answers[n] === 'file')
    const refused = answers.filter(each => each === 'refused').length
    const counts = { tried: names.length, given: files.length, refused }
    if (files.length > 0)
      return trial.succeeded(`TFTP gave ${files.length} files to a stranger, such as ${files[0]}`, counts)
    if (refused > 0)
      return trial.inconclusive(
        `TFTP answers, but has none of ${names.length} usual names; give \`mac\` of a phone`,
        counts,
      )
    if (!(await isThere(phone, trial.answerMs)))
      return trial.inconclusive(`${phone.host} does not answer at all`, counts)
    return trial.resisted(`none of ${names.length} read requests of TFTP was answered`, counts)
  },
})

/** RFC 1350 §5. */
function readRequest(name: string): Buffer {
  return Buffer.from(`\0\u0001${name}\0octet\0`, 'latin1')
}
