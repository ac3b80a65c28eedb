import { badReference } from '../referring.ts'

/** A good token, for a second call. */
export const reusedReference = badReference({
  id: 'reused-reference',
  entry: 'D07',
  title: 'calls a second time with a reference that was made for one call',
  threats: ['referred-by-pasted'],
  clause: '§3.3, REFER: the referee may copy the information into future unrelated requests',
  references: ['RFC 3892 §4.1', 'RFC 3892 §6.1'],
  severity: 'low',
  expected: 'A token is good for one call: in a second one it is 429.',
  made: { 'the token of the call before': ({ used }) => used },
})
