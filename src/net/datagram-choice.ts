import type { MakeDatagramTransport } from './datagrams.ts'
import { UdpSocket } from './udp.ts'
import { BatchSocket } from './udp-batch.ts'
import { loadNative } from './udp-native.ts'

/** Which way datagrams go: in batches by the native module, one by one by `node:dgram`, or as it is possible. */
export type DatagramsWanted = 'auto' | 'native' | 'node'

/** What was chosen. */
export interface DatagramChoice {
  readonly kind: 'native' | 'node'
  /** Why it is not the native module, where that was not ruled out. */
  readonly why: string | undefined
  readonly make: MakeDatagramTransport
}

/**
 * Chooses once, at start.
 * @param gatherMicroseconds see `BatchOptions`
 */
export function chooseDatagrams(wanted: DatagramsWanted, gatherMicroseconds: number): DatagramChoice {
  const node = {
    kind: 'node',
    make: (address, options) => new UdpSocket(address, options),
  } as const satisfies {
    make: MakeDatagramTransport
    kind: 'node'
  }
  if (wanted === 'node') return { ...node, why: undefined }
  const native = loadNative()
  if (!native.ok) return { ...node, why: native.error }
  return {
    kind: 'native',
    why: undefined,
    make: (address, options) => new BatchSocket(native.value, address, { ...options, gatherMicroseconds }),
  }
}
