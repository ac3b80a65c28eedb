import type { Proven } from '../../base/proof.ts'
import { type DialogDirection, dialogFactsOf, flowTowards, senderOf } from '../../sip/proxy/dialog-proof.ts'
import { drop, next, type RequestContext, type Stage } from '../stage.ts'

/** What the token of a dialog says of a request that brought it back. */
interface SaidOfDialog {
  readonly from: 'caller' | 'callee'
  /** Flow key by which the other side was reached when the dialog began. */
  readonly towards: string | undefined
  /** User part of our Route URI: it goes on as it is when the request is record-routed again. */
  readonly token: string
}

/** Made here alone: the request brought back the keyed token of its dialog, in its direction, from its place or by password. */
export type InDialog = Proven<SaidOfDialog, 'in-dialog'>

/**
 * A To tag exempts from nothing: whoever sends inside a dialog brings the keyed token that we put into
 * Record-Route, or is authenticated like any stranger; an ACK without it is dropped (UAS-09, UAS-10). A REGISTER
 * belongs to no dialog, so none proves it.
 */
export const inDialogProof: Stage = {
  name: 'in-dialog-proof',
  rfc: 'RFC 3261 §12.2.2, §26.1',
  meets: ['unauthenticated-ack', 'spoofed-in-dialog-request'],
  run: context => {
    const { request } = context
    if (request.to.tag === undefined) {
      return request.method === 'ACK' ? drop('ack-without-dialog') : next
    }
    if (request.method === 'REGISTER') return next
    context.inDialog = proofBySource(context) ?? proofOfAcceptedAck(context)
    return request.method === 'ACK' && context.inDialog === undefined ? drop('ack-without-proof') : next
  },
}

/**
 * The proof of a user of ours who gave a good password in a dialog of his own: he has moved, so that his token no
 * longer fits the place that he sends from.
 */
export function proofByPassword(context: RequestContext): InDialog | undefined {
  const { request, ports, flow } = context
  if (context.caller?.caller.kind !== 'user' || request.method === 'REGISTER') return undefined
  const proof = proofOfParties(context)
  if (proof !== undefined && request.method === 'INVITE') ports.noteAcceptedInvite(request, flow)
  return proof
}

/** Credentials that were accepted in an INVITE are accepted in its ACK, which cannot be challenged (DIG-21). */
function proofOfAcceptedAck(context: RequestContext): InDialog | undefined {
  const { request, ports, flow } = context
  if (request.method !== 'ACK' || !ports.wasAcceptedInvite(request, flow)) return undefined
  return proofOfParties(context)
}

function proofBySource({ request, ports, flow, route }: RequestContext): InDialog | undefined {
  const facts = dialogFactsOf(request)
  const sources = ports.dialogSourcesOf(flow)
  for (const token of route.dialogTokens) {
    const from = senderOf(ports.dialogKeys, token, facts, sources)
    if (from !== undefined) return proof(ports, from, token)
  }
  return undefined
}

function proofOfParties({ request, ports, route }: RequestContext): InDialog | undefined {
  const facts = dialogFactsOf(request)
  for (const token of route.dialogTokens) {
    const from = senderOf(ports.dialogKeys, token, facts, undefined)
    if (from !== undefined) return proof(ports, from, token)
  }
  return undefined
}

function proof(ports: RequestContext['ports'], from: DialogDirection['from'], token: string): InDialog {
  const said: SaidOfDialog = new ReadToken(ports, from, token)
  return said as InDialog
}

class ReadToken implements SaidOfDialog {
  readonly from: DialogDirection['from']
  readonly token: string
  readonly #ports: RequestContext['ports']

  constructor(ports: RequestContext['ports'], from: DialogDirection['from'], token: string) {
    this.from = from
    this.token = token
    this.#ports = ports
  }

  /** Read when somebody asks: mostly the far side is registered, and reached by its binding. */
  get towards(): string | undefined {
    const name = flowTowards(this.token, this.from)
    return name === undefined ? undefined : this.#ports.flowKeyOfName(name)
  }
}
