import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { answered, reach } from '../reach.ts'
import { STIR_MENDING, signedGround } from '../signed-call.ts'
import { startSilentServer } from '../silent-server.ts'

const CALLS = 8

/** A call that is not decided by then leaves its caller waiting. */
const DECIDED_MS = 6_000

/** An honest call that has not rung by then is not served. */
const SERVED_MS = 2_500

/** Tokens whose certificate lies where nobody answers. */
export const deadCertificateServer = attack({
  id: 'dead-certificate-server',
  entry: 'D09',
  title: 'has the server wait for a certificate that never comes, while others want to call',
  threats: ['proxy-unsure-of-user', 'authentication-load'],
  clause: '§3.3, a proxy between cannot be sure of the user; Table 1, denial of service',
  references: ['RFC 8224 §6.2.2', 'RFC 8224 §12.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 140,
  needs: ['two-accounts'],
  expected: 'A call whose certificate does not come is decided within seconds, and nobody else waits for it.',
  mending: {
    ...STIR_MENDING,
    kamailio:
      'stirshaken: `vs_connect_timeout_s` of a second, `vs_cache_certificates` 1 with a `vs_cache_dir`, and `async_task_route()` of the async module for the look-up.',
    opensips:
      'Fetch by `async(rest_get(…), route)` with `connection_timeout` and `curl_timeout` of rest_client at a second or two.',
    asterisk:
      'stir_shaken.conf, `[verification]`: `curl_timeout = 1`, and an `x5u_acl` that names whom you ask.',
  },
  async run(trial) {
    const ground = await signedGround(trial)
    const { caller: neighbour, callee: bob } = ground
    const alice = await trial.registered(0)
    const before = await reach(bob, alice, { method: 'INVITE', uri: alice.aor })
    if (before.request === undefined)
      return trial.inconclusive(`an honest call did not ring: ${answered(before.answer)}`)
    const dead = await startSilentServer(neighbour.line.local.ip)
    const at = (name: number): string =>
      `${name % 2 === 0 ? 'https' : 'http'}://${hostPort({ ip: neighbour.line.local.ip, port: dead.port })}/${name}.pem`
    const asked = Array.from({ length: CALLS }, (_, name) => {
      const text = neighbour.text(ground.invite([ground.token({ x5u: at(name) })]))
      return reach(neighbour, bob, text, { withinMs: DECIDED_MS })
    })
    const beganMs = trial.nowMs()
    await trial.pause(100)
    const honestMs = trial.nowMs()
    const honest = await reach(bob, alice, { method: 'INVITE', uri: alice.aor }, { withinMs: SERVED_MS })
    const rangMs = Math.round(trial.nowMs() - honestMs)
    if (honest.request === undefined) {
      dead.close()
      await Promise.all(asked)
      const counts = { waiting: CALLS, asked: dead.asked }
      if (dead.asked === 0)
        return trial.inconclusive(
          `an honest call did not ring, and nobody had asked for a certificate`,
          counts,
        )
      return trial.succeeded(
        `while ${CALLS} calls waited for a certificate no honest call rang in ${rangMs} ms`,
        counts,
      )
    }
    const done = await Promise.all(asked)
    const decidedMs = Math.round(trial.nowMs() - beganMs)
    dead.close()
    const open = done.filter(({ answer, request }) => answer.status === 0 && request === undefined).length
    const counts = { tried: CALLS, asked: dead.asked, undecided: open, rangMs }
    if (open > 0 && dead.asked > 0)
      return trial.succeeded(`${open} of ${CALLS} calls were not decided in ${DECIDED_MS / 1_000} s`, counts)
    const ends = [...new Set(done.map(({ answer }) => answered(answer)))].join(', ')
    return trial.resisted(
      `${CALLS} such calls were decided within ${decidedMs} ms (${ends}; the dead server was asked ${dead.asked} times), an honest one rang in ${rangMs} ms`,
      counts,
    )
  },
})
