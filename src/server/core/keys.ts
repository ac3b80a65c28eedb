import { randomBytes } from 'node:crypto'
import { Secret } from '../../base/secret.ts'
import { SipKey } from '../../base/sip-hash.ts'
import { type DigestKeys, digestKeys } from '../../mechanisms/digest/index.ts'
import { makeKeyring } from '../../sip/proxy/keyed-digest.ts'
import type { MetaStore } from '../../store/store.ts'
import { branchMark, tokenMark } from '../workers/mark.ts'
import type { CoreKeys } from './settings.ts'

/** A flow token outlives any registration: a phone may keep a Service-Route or Path that long. */
const FLOW_TOKEN_TTL_SECONDS = 24 * 3600

/**
 * The keys of this installation, from the store that all its nodes share; made at the first start. What they made is
 * ours on every node: nonces, dialog proofs, branches, flow tokens, GRUUs. Only a nonce is good at the process that
 * made it alone, since its counts are known there.
 * @param node 0 to 255, another one in each server that shares the store
 * @param worker 0 to 15, another one in each process of a server
 */
export async function loadKeys(
  meta: MetaStore,
  node: number,
  worker = 0,
): Promise<CoreKeys & { readonly digest: DigestKeys; readonly tlsTickets: Secret }> {
  const secret = (purpose: string): Promise<Secret> =>
    meta.getOrMake(`key.${purpose}`, () => new Secret(randomBytes(32).toString('hex')))
  const number = node * 256 + worker
  const bytes = async (purpose: string): Promise<Buffer> =>
    Buffer.from((await secret(purpose)).reveal(), 'hex')
  return {
    node: tokenMark(node, worker),
    branchMark: branchMark(node, worker),
    dialog: makeKeyring([await secret('dialog')]),
    branch: makeKeyring([await secret('branch')]),
    gruu: { current: await bytes('gruu'), previous: undefined },
    flow: {
      current: SipKey.derived(await bytes('flow'), 'aspis flow token'),
      previous: undefined,
      node: number,
      ttlSeconds: FLOW_TOKEN_TTL_SECONDS,
    },
    digest: digestKeys(await bytes('nonce'), number),
    tlsTickets: await secret('tls-ticket'),
  }
}
