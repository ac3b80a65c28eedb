import type { Address } from '../../base/flow.ts'
import type { Listener } from '../../net/transports.ts'
import type { FamilySum } from '../metrics.ts'
import type { PackedConfig } from './packed-config.ts'

/** Another worker, and where it takes connections. */
export interface PeerPlace {
  readonly worker: number
  readonly path: string
}

/** What a worker is started with. */
export interface StartOrder {
  readonly kind: 'start'
  readonly worker: number
  /** Workers in all. */
  readonly count: number
  /** How many processes had this number before. */
  readonly incarnation: number
  /** Folder of the sockets, which only this user can enter. */
  readonly folder: string
  /** Shows on each connection that one of ours is there. */
  readonly token: string
  readonly config: PackedConfig
  /** The primary wants to hear of flows that log in. */
  readonly tellsFlows: boolean
  /** With the ports that the first worker was given. */
  readonly listen: readonly Listener[]
}

/** From the primary to a worker, over the channel that the system gave both. */
export type Order =
  | StartOrder
  | { readonly kind: 'peers'; readonly peers: readonly PeerPlace[] }
  /** Its turn to open sockets: their order is what the system divides by. */
  | { readonly kind: 'listen' }
  | { readonly kind: 'steer'; readonly order: readonly number[]; readonly factor: number }
  | { readonly kind: 'reload'; readonly id: number; readonly config: PackedConfig }
  | { readonly kind: 'drain'; readonly id: number; readonly limitMs: number }
  | { readonly kind: 'metrics'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number }

/** From a worker to the primary. */
export type Report =
  | { readonly kind: 'reachable'; readonly path: string }
  /** Flows that the kernel may let pass. */
  | { readonly kind: 'flows'; readonly proved: readonly Address[]; readonly spoken: readonly Address[] }
  /** It has everything but sockets. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'serving'; readonly listeners: readonly Listener[] }
  /** @param isSteered whether the system divides datagrams as it was told */
  | { readonly kind: 'steered'; readonly isSteered: boolean }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  | { readonly kind: 'metrics'; readonly id: number; readonly families: readonly FamilySum[] }
