import type { Proven } from '../../base/proof.ts'
import { dialogFactsOf, readDialogToken } from '../../sip/proxy/dialog-proof.ts'
import { drop, next, type RequestContext, type Stage } from '../stage.ts'

/** Made here alone: the request brought back the keyed token of its dialog, in its direction, from its place. */
export type InDialog = Proven<
  {
    readonly from: 'caller' | 'callee'
    /** Flow key by which the other side was reached when the dialog began. */
    readonly towards: string | undefined
    /** User part of our Route URI: it goes on as it is when the request is record-routed again. */
    readonly token: string
  },
  'in-dialog'
>

/**
 * A To tag exempts from nothing: whoever sends inside a dialog brings the keyed token that we put into
 * Record-Route, or is authenticated like any stranger; an ACK without it is dropped (UAS-09, UAS-10).
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
    for (const user of context.route.dialogTokens) if (prove(context, user)) return next
    return request.method === 'ACK' ? drop('ack-without-proof') : next
  },
}

function prove(context: RequestContext, token: string): boolean {
  const { request, ports, flow } = context
  const facts = dialogFactsOf(request)
  for (const source of ports.dialogSourcesOf(flow)) {
    const read = readDialogToken(ports.dialogKeys, token, { ...facts, source })
    if (read === undefined) continue
    const towards = read.towards === undefined ? undefined : ports.flowKeyOfName(read.towards)
    context.inDialog = { from: read.from, towards, token } as InDialog
    return true
  }
  return false
}
