import type { Agent } from '../agent.ts'
import { attack } from '../attack.ts'
import { datagrams } from '../datagrams.ts'
import { credentials } from '../digest.ts'
import { addressOf } from '../name-server.ts'
import { accessAccept, asksFor, authenticatorOf } from '../radius.ts'
import { token } from '../saying.ts'
import type { Trial } from '../trial.ts'

/** What a forger can make: without the secret, or from what was seen before. @param old an answer that was right once */
type Forge = (request: Buffer, secret: string, old: Buffer) => readonly Buffer[]

const FORGERIES: Readonly<Record<string, Forge>> = {
  'made with another secret': request => [accessAccept(request, { secret: 'not the secret of these two' })],
  'with a blank authenticator': request => [accessAccept(request, { secret: 'none', isBlank: true })],
  'without Message-Authenticator': (request, secret) => [accessAccept(request, { secret, isUnsigned: true })],
  'that was right for another request': (request, _, old) => {
    const moved = Buffer.from(old)
    moved[1] = request[1] ?? 0
    return [old, moved]
  },
  'for the authenticator of another request': (request, secret, old) => [
    accessAccept(request, { secret, authenticator: authenticatorOf(old) }),
  ],
}

/** Answers of RADIUS that only somebody on the way would give. */
export const radiusForgedAccept = attack({
  id: 'radius-forged-accept',
  entry: 'H09',
  title: 'lets itself in with forged and replayed answers of RADIUS',
  threats: ['aaa-servers'],
  clause: '§2.2 and §3.1, AAA by RADIUS',
  references: ['RFC 2865 §4.2', 'RFC 3579 §3.2', 'RFC 5090 §3'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 120,
  needs: ['radius'],
  expected: 'An Access-Accept counts only with both authenticators right, for that very request.',
  mending: {
    aspis:
      'On by default: no answer counts without Message-Authenticator; `transport: tls` is the way beyond the machine.',
    kamailio:
      'Take a RADIUS library that demands Message-Authenticator in answers, or RadSec by a proxy on the same machine.',
    opensips:
      'Take a RADIUS library that demands Message-Authenticator in answers, or RadSec by a proxy on the same machine.',
    asterisk: 'Asterisk asks RADIUS for records of calls only; keep that on a network of its own.',
  },
  async run(trial) {
    const { radius } = trial.target
    if (radius === undefined) return trial.skipped('needs the place where the target asks RADIUS')
    const honest = `u${token()}`
    const forgers = Object.entries(FORGERIES).map(([says, forge]) => ({ says, forge, user: `u${token()}` }))
    const socket = await datagrams(trial, {
      who: 'in place of RADIUS',
      protocol: 'RADIUS',
      listen: addressOf(radius.listen),
    })
    const asked = new Set<string>()
    let old: Buffer | undefined
    socket.onDatagram(({ octets, from }) => {
      if (asksFor(octets, honest)) {
        socket.heard(from, 'Access-Request of an honest user')
        old = accessAccept(octets, { secret: radius.secret })
        return socket.send(old, from, 'Access-Accept, right')
      }
      const found = forgers.find(({ user }) => asksFor(octets, user))
      if (found === undefined) return
      asked.add(found.user)
      socket.heard(from, 'Access-Request')
      const made = old === undefined ? [] : found.forge(octets, radius.secret, old)
      for (const each of made) socket.send(each, from, `Access-Accept ${found.says}`)
    })
    if ((await registers(trial, honest)) !== 200)
      return trial.inconclusive(
        old === undefined
          ? 'the target asked no RADIUS for an unknown user'
          : 'a user was refused whom RADIUS had accepted rightly',
      )
    const statuses = await Promise.all(forgers.map(({ user }) => registers(trial, user)))
    const believed = forgers.filter((_, at) => statuses[at] === 200).map(({ says }) => says)
    const counts = { tried: forgers.length, asked: asked.size, believed: believed.length }
    if (believed.length > 0)
      return trial.succeeded(`users were let in by an Access-Accept ${believed.join(', ')}`, counts)
    if (asked.size === 0) return trial.inconclusive('no question of the forged users came', counts)
    return trial.resisted(
      `of ${forgers.length} forged answers none let a user in (${[...new Set(statuses)].join(', ')}); a right one did`,
      counts,
    )
  },
})

/** Registers a user whom only RADIUS knows, with some password; takes the binding back. @returns the status */
async function registers(trial: Trial, user: string): Promise<number> {
  const agent = await trial.stranger({ who: user.slice(0, 4) })
  const status = await registerAs(agent, user, 300)
  if (status === 200) trial.atEnd(() => registerAs(agent, user, 0))
  return status
}

async function registerAs(agent: Agent, user: string, expires: number): Promise<number> {
  const uri = `sip:${agent.domain}`
  const aor = `sip:${user}@${agent.domain}`
  const saying = { method: 'REGISTER', uri, from: aor, to: aor, lines: [`Expires: ${expires}`] }
  const { final } = await agent.ask(saying)
  const challenge = final === undefined ? undefined : agent.challenge(final)
  if (challenge === undefined) return final?.status ?? 0
  const proof = credentials(challenge, { user, password: token(), method: 'REGISTER', uri })
  return (await agent.ask({ ...saying, cseq: 2, lines: [...saying.lines, proof] })).status
}
