import { lookup } from 'node:dns/promises'
import { canonicalIp } from '../base/ip-address.ts'
import { failed, ok, type Result } from '../base/result.ts'
import type { Product } from './product.ts'
import type { Target } from './target.ts'

/** A target as somebody described it: its host may still be a name, and nobody looked whether it is there. */
export interface DescribedTarget {
  readonly host: string
  /** Without `ip`. */
  readonly rest: Omit<Target, 'ip'>
  /** The ports are the usual ones, not asked for by name. */
  readonly isUsual: boolean
  readonly product?: Product
  /** Line of each setting in the target file, from 1. */
  readonly lines?: Readonly<Record<string, number>>
}

/** Finds the address. The failure is a sentence. */
export async function resolved({ host, rest }: DescribedTarget): Promise<Result<Target, string>> {
  const known = canonicalIp(host)
  if (known !== undefined) return ok({ ip: known, ...rest })
  try {
    const { address } = await lookup(host)
    return ok({ ip: canonicalIp(address) ?? address, ...rest })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return failed(`${host} has no address: the look-up failed (${code})`)
  }
}
