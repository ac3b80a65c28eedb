import { randomBytes } from 'node:crypto'
import { Secret } from '../../base/secret.ts'
import { type DigestKeys, digestKeys } from '../../mechanisms/digest/index.ts'
import { makeKeyring } from '../../sip/proxy/keyed-digest.ts'
import type { MetaStore } from '../../store/store.ts'
import type { CoreKeys } from './settings.ts'

/** A flow token outlives any registration: a phone may keep a Service-Route or Path that long. */
const FLOW_TOKEN_TTL_SECONDS = 24 * 3600

/** Which process of the installation this is; one so far. */
export const NODE = { number: 0, mark: 'AA' } as const

/**
 * The keys of this installation, from the store that all its nodes share; made at the first start. What they made is
 * ours on every node: nonces, dialog proofs, branches, flow tokens, GRUUs.
 */
export async function loadKeys(meta: MetaStore): Promise<CoreKeys & { readonly digest: DigestKeys }> {
  const secret = (purpose: string): Promise<Secret> =>
    meta.getOrMake(`key.${purpose}`, () => new Secret(randomBytes(32).toString('hex')))
  const bytes = async (purpose: string): Promise<Buffer> =>
    Buffer.from((await secret(purpose)).reveal(), 'hex')
  return {
    dialog: makeKeyring([await secret('dialog')]),
    branch: makeKeyring([await secret('branch')]),
    gruu: { current: await bytes('gruu'), previous: undefined },
    flow: {
      current: await bytes('flow'),
      previous: undefined,
      node: NODE.number,
      ttlSeconds: FLOW_TOKEN_TTL_SECONDS,
    },
    digest: digestKeys(await bytes('nonce'), NODE.number),
  }
}
