import type { Account, Target } from '../target.ts'

/** What the weak server is started with. */
export interface WeakOptions {
  readonly domain: string
  readonly accounts: readonly Account[]
  /** Exists besides the accounts; its password is its name. */
  readonly knownUser: string
}

/** A server with every protection off, for demonstrations and for proofs that attacks work; on loopback only. */
export interface WeakServer {
  readonly target: Target
  stop(): Promise<void>
}

/** Starts it on ports of its own choice on 127.0.0.1. */
export function startWeakServer(_options: WeakOptions): Promise<WeakServer> {
  return Promise.reject(new Error('not there yet'))
}
