import type { CredentialStore } from '../../store/credentials.ts'
import { lookUpIn } from '../core/authentication.ts'
import type { CredentialSource } from './source.ts'

/** The accounts of our own store. */
export function localSource(store: CredentialStore): CredentialSource {
  const lookUp = lookUpIn(store)
  return {
    name: 'local',
    isRemote: false,
    ask: ({ query, realm }) => {
      const record = query === undefined ? undefined : lookUp(query, realm)
      return record === undefined ? { kind: 'unknown-user' } : { kind: 'known', record }
    },
  }
}
