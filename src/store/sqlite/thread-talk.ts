import type { AspisError } from '../../base/errors.ts'
import type { Batch, Change } from '../change.ts'
import type { Commit } from './location-file.ts'

/** What the writing thread is started with. */
export interface ThreadData {
  readonly path: string
  readonly id: string
  readonly inode: string | undefined
}

/** What the writing thread is told. */
export type Order = 'close' | { readonly batch: Batch; readonly everything: readonly Change[] | undefined }

/** What it answers: a failure crosses threads as its parts. */
export type Answer = Commit | { readonly code: AspisError['code']; readonly message: string }
