import type { OutsideGrant } from '../../mechanisms/digest/index.ts'
import { ownAor } from '../../pipeline/own-aor.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import { defaultAor } from '../../store/credentials.ts'

/** What decides whose an address-of-record is. */
export interface GrantGround {
  /** The served domain of that name or alias. */
  servedDomain(host: string): { readonly name: string; readonly mode: 'proxy' | 'redirect' } | undefined
  /** Whether an account of ours has it. */
  isLocal(aor: string): boolean
}

/**
 * The addresses-of-record of a user whom a server beyond this machine let in: `sip:user@realm`, and those that it names.
 * The server's word goes no further than its realm: nothing of another domain, and nothing that an account of ours has,
 * is granted whatever it says.
 * @param user name without its domain, Unicode
 * @param named URIs as the server wrote them
 */
export function grantOf(
  user: string,
  realm: string,
  named: readonly string[],
  ground: GrantGround,
): OutsideGrant {
  const own = defaultAor(user, realm)
  const others = named.flatMap(text => {
    const uri = parseUri(text)
    return uri.ok && uri.value.user !== undefined ? [ownAor(uri.value, ground)] : []
  })
  const isGranted = (aor: string): boolean => aor.endsWith(`@${realm}`) && !ground.isLocal(aor)
  return { aors: [...new Set([own, ...others])].filter(isGranted) }
}
