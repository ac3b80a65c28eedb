import { type Agent, ackOfRefusal } from './agent.ts'
import { within } from './call.ts'
import { cancelOf } from './cancel.ts'
import type { Heard } from './heard.ts'
import { type Saying, sdp, token } from './saying.ts'

/**
 * What a server did with a call to a number that somebody would pay for. Tried: it rang, or was answered there. Barred:
 * refused for good. Unclear: what also a way out that is broken would say.
 */
export interface Tolled {
  readonly fate: 'tried' | 'barred' | 'unclear'
  readonly said: string
}

/** Statuses that come from beyond the server as well as from itself. */
const UNCLEAR: ReadonlySet<number> = new Set([0, 408, 480, 486, 487, 600])

/** Calls a number with proof, and gives the call up as soon as it shows what becomes of it. */
export async function callNumber(
  caller: Agent,
  uri: string,
  more: Partial<Saying> = {},
  withinMs?: number,
): Promise<Tolled> {
  const asked = {
    method: 'INVITE',
    uri,
    callId: token(),
    fromTag: token(),
    body: sdp(caller.line.local.ip),
    ...more,
  }
  const { final, status, sent } = await caller.askProved(asked, withinMs)
  const ringing = caller.line.heard.find(
    heard => heard.callId === asked.callId && heard.status > 100 && heard.status < 200,
  )
  if (status >= 200 && status < 300 && final !== undefined) await endCall(caller, asked, final)
  if (final === undefined) await takeBack(caller, sent, asked.callId)
  const said = [ringing, final].map(heard => heard?.startLine ?? '').filter(line => line !== '')
  return { fate: fateOf(status, ringing !== undefined), said: said.join(', then ') || 'silence' }
}

function fateOf(status: number, isRinging: boolean): Tolled['fate'] {
  if (isRinging || (status >= 200 && status < 300)) return 'tried'
  if (status >= 500 && status < 600) return 'unclear'
  return UNCLEAR.has(status) ? 'unclear' : 'barred'
}

/** A call that nothing became of is not left ringing. */
async function takeBack(caller: Agent, invite: string, callId: string): Promise<void> {
  caller.line.send(cancelOf(invite))
  const isRefusal = (heard: Heard): boolean => heard.callId === callId && heard.status >= 300
  const refused = await caller.line.next(isRefusal, 500)
  if (refused !== undefined) caller.line.send(ackOfRefusal(invite, refused))
}

async function endCall(caller: Agent, asked: Saying & { fromTag: string; callId: string }, accepted: Heard) {
  const party = {
    agent: caller,
    callId: asked.callId,
    localUri: asked.from ?? caller.aor,
    localTag: asked.fromTag,
    remoteUri: asked.to ?? asked.uri,
    remoteTag: accepted.parameter('To', 'tag'),
    remoteTarget: accepted.uri('Contact') || asked.uri,
    routes: accepted.all('Record-Route').toReversed(),
    cseq: accepted.cseq.number,
  }
  caller.line.send(caller.text({ ...within(party, 'ACK'), cseq: party.cseq }))
  await caller.askProved(within(party, 'BYE'))
}

/** How often each fate came, in the order of trying. */
export function fates(tolled: readonly Tolled[]): Readonly<Record<'tried' | 'barred' | 'unclear', number>> {
  const count = (fate: Tolled['fate']): number => tolled.filter(each => each.fate === fate).length
  return { tried: count('tried'), barred: count('barred'), unclear: count('unclear') }
}
