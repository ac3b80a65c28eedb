import type { ClientMachine } from './table.ts'

/**
 * INVITE client transaction: RFC 3261 §17.1.1 as RFC 6026 §8.4, figure 5, changed it; the row of `cancel` is
 * RFC 3261 §9.1. A transport error after a final response ends the machine and is no news for the user, who has
 * the outcome already; after a provisional one the request has arrived, so the error is about nothing.
 */
export const inviteClient: ClientMachine = {
  start: ['calling', 'start A', 'start B', 'send request'],
  table: {
    calling: {
      'timer A': ['calling', 'start A', 'send request'],
      'timer B': ['terminated', 'report timeout'],
      '1xx': ['proceeding', 'stop A', 'stop B', 'send CANCEL if wanted', 'pass up'],
      '2xx': ['accepted', 'stop A', 'start M', 'pass up'],
      '300-699': ['completed', 'stop A', 'stop B', 'send ACK', 'start D', 'pass up'],
      cancel: ['calling'],
      'transport error': ['terminated', 'report transport error'],
    },
    proceeding: {
      'timer cancel': ['terminated', 'report timeout'],
      '1xx': ['proceeding', 'pass up'],
      '2xx': ['accepted', 'start M', 'pass up'],
      '300-699': ['completed', 'send ACK', 'start D', 'pass up'],
      cancel: ['proceeding', 'send CANCEL if wanted'],
    },
    completed: {
      'timer D': ['terminated'],
      '300-699': ['completed', 'send ACK'],
      'transport error': ['terminated'],
    },
    accepted: {
      'timer M': ['terminated'],
      '1xx': ['accepted'],
      '2xx': ['accepted', 'pass up'],
      '300-699': ['accepted'],
    },
  },
}
