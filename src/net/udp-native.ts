import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { failed, ok, type Result } from '../base/result.ts'
import { LAYOUT_VERSION } from './batch-layout.ts'

/** A socket of the native module. */
export interface NativeSocket {
  readonly memory: ArrayBuffer
  readonly port: number
}

/** What `native/udp-batch.cc` offers. */
export interface NativeDatagrams {
  readonly version: number
  /**
   * @param onTurn called with the number of datagrams in the slots; 0 when there is only something to tell
   * @throws TypeError for arguments out of their ranges; an error with the system's `code` when it cannot be opened
   */
  open(
    ip: string,
    port: number,
    isPortShared: boolean,
    bufferBytes: number,
    gatherMicroseconds: number,
    onTurn: (datagrams: number) => void,
  ): NativeSocket
  flush(socket: NativeSocket): void
  measure(socket: NativeSocket): void
  /**
   * Lets a program of the packet filter divide datagrams among the sockets of a shared port.
   * @returns whether the system took it
   */
  steer(socket: NativeSocket, program: Uint8Array): boolean
  close(socket: NativeSocket): void
}

const PRODUCT = join(import.meta.dirname, '../../build', `udp-batch-${process.platform}-${process.arch}.node`)

/**
 * Loads the native half of batched datagrams.
 * @param path where `bin/build-native.mjs` put it
 * @returns why not, when it is not there or not fit
 */
export function loadNative(path = PRODUCT): Result<NativeDatagrams, string> {
  if (!existsSync(path)) return failed('it is not built; run: node bin/build-native.mjs')
  try {
    const loaded: unknown = createRequire(import.meta.url)(path)
    if (isNativeDatagrams(loaded)) return ok(loaded)
    return failed('it is of another version; run: node bin/build-native.mjs')
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error))
  }
}

function isNativeDatagrams(loaded: unknown): loaded is NativeDatagrams {
  if (typeof loaded !== 'object' || loaded === null) return false
  return 'version' in loaded && loaded.version === LAYOUT_VERSION && 'steer' in loaded
}
