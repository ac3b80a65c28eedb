import type { ClientMachine } from './table.ts'

/** Non-INVITE client transaction: RFC 3261 §17.1.2, figure 6. */
export const nonInviteClient: ClientMachine = {
  start: ['trying', 'start E', 'start F', 'send request'],
  table: {
    trying: {
      'timer E': ['trying', 'start E', 'send request'],
      'timer F': ['terminated', 'report timeout'],
      '1xx': ['proceeding', 'pass up'],
      '2xx': ['completed', 'stop E', 'stop F', 'start K', 'pass up'],
      '300-699': ['completed', 'stop E', 'stop F', 'start K', 'pass up'],
      'transport error': ['terminated', 'report transport error'],
    },
    proceeding: {
      'timer E': ['proceeding', 'start E at T2', 'send request'],
      'timer F': ['terminated', 'report timeout'],
      '1xx': ['proceeding', 'pass up'],
      '2xx': ['completed', 'stop E', 'stop F', 'start K', 'pass up'],
      '300-699': ['completed', 'stop E', 'stop F', 'start K', 'pass up'],
      'transport error': ['terminated', 'report transport error'],
    },
    completed: {
      'timer K': ['terminated'],
      '1xx': ['completed'],
      '2xx': ['completed'],
      '300-699': ['completed'],
    },
  },
}
