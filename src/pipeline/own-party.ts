import { ownAor } from './own-aor.ts'
import type { RequestContext } from './stage.ts'

/**
 * Whether who sends inside a dialog is the user of ours whom From names. The proof of the dialog says that he is one of
 * its two parties, by the names that they had at the beginning. Of who began it the name was compared with his password
 * (`bind-identity`); of who was called it is only what the caller wrote into To, so his phone has to be where the request
 * comes from.
 */
export function isOwnParty(context: RequestContext): boolean {
  const { inDialog, request, ports, flow, wallMs } = context
  if (inDialog === undefined) return false
  const aor = ownAor(request.from.uri, ports)
  if (!ports.userExists(aor)) return false
  if (inDialog.from === 'caller') return !ports.needsNoCredentials('INVITE', undefined)
  return ports.isPhoneOf(aor, flow, wallMs)
}
