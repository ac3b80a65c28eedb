import { attack } from '../attack.ts'
import { octetStream } from '../octet-stream.ts'
import { configurationNames, isThere } from '../provisioning.ts'
import type { Trial } from '../trial.ts'

const FOLDERS: readonly string[] = ['/', '/provisioning/', '/tftpboot/']

/** The files that phones fetch by HTTP without TLS and without proof. */
export const phoneHttp = attack({
  id: 'phone-http',
  entry: 'H08',
  title: 'fetches the configuration of phones by HTTP, passwords in clear',
  threats: ['tftp-provisioning'],
  clause: 'Table 1, row 7: configuration of phones',
  references: ['RFC 6080 §9.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['phone'],
  expected: 'No configuration and no list of files comes by HTTP in clear to somebody unknown.',
  mending: {
    aspis: 'Aspis serves no configuration in clear; provision by HTTPS with a certificate of the phone.',
    kamailio: 'Serve configuration by HTTPS only, to phones that prove themselves; switch off listings.',
    opensips: 'Serve configuration by HTTPS only, to phones that prove themselves; switch off listings.',
    asterisk: 'http.conf: `tlsenable=yes`, no clear bind address; `res_phoneprov` behind HTTPS only.',
  },
  async run(trial) {
    const { phone } = trial.target
    if (phone === undefined) return trial.skipped('needs the address of a phone')
    const at = { ip: phone.host, port: phone.httpPort ?? 80 }
    const paths = [...FOLDERS, ...configurationNames(phone).map(name => `/${name}`)]
    const answers = await Promise.all(paths.map(path => fetchClear(trial, at, path)))
    const taken = paths.filter((path, n) => isExposed(path, answers[n] ?? ''))
    const answered = answers.filter(each => each.startsWith('HTTP/')).length
    const counts = { tried: paths.length, answered, given: taken.length }
    if (taken.length > 0)
      return trial.succeeded(
        `HTTP in clear gave ${taken.length} of ${paths.length} paths to a stranger, such as ${taken.at(-1)}`,
        counts,
      )
    if (answered === 0 && !(await isThere(phone, trial.answerMs)))
      return trial.inconclusive(`${phone.host} does not answer at all`, counts)
    return trial.resisted(
      `${paths.length} paths were tried, none gave configuration or a list of files`,
      counts,
    )
  },
})

/** What came; empty when nothing did. */
async function fetchClear(trial: Trial, at: { ip: string; port: number }, path: string): Promise<string> {
  const stream = await octetStream(trial, { who: 'attacker', at, protocol: 'HTTP' })
  if (stream === undefined) return ''
  const request = `GET ${path} HTTP/1.0\r\nHost: ${at.ip}\r\nUser-Agent: aspis-audit\r\n\r\n`
  stream.send(Buffer.from(request, 'latin1'), request)
  await stream.read(() => undefined, trial.answerMs)
  const text = stream.received.toString('latin1')
  if (text !== '') stream.heard(text.slice(0, text.indexOf('\r\n\r\n')))
  stream.close()
  return text
}

/** A list of files, or a file that is no web page: configuration is plain text or XML. */
function isExposed(path: string, answer: string): boolean {
  if (!/^HTTP\/1\.[01] 200 /.test(answer)) return false
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4).slice(0, 20_000)
  if (path.endsWith('/')) return /index of \/|directory listing/i.test(body)
  return body.trim() !== '' && !/^\s*<(?:!doctype html|html)/i.test(body)
}
