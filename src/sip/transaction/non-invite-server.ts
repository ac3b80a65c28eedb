import type { ServerMachine } from './table.ts'

/**
 * Non-INVITE server transaction: RFC 3261 §17.2.2, figure 8, with RFC 4320 §4: the only provisional response is
 * a 100, sent by the layer when a client over UDP has slowed down to T2; and never a 408. A transport error does
 * not end it (RFC 6026 §8.8). Timer F here is the client's: after it nobody waits for a response, so a request
 * that was never answered ends.
 */
export const nonInviteServer: ServerMachine = {
  start: ['trying', 'start 100', 'start F'],
  table: {
    trying: {
      'timer 100': ['proceeding', 'send 100'],
      'timer F': ['terminated', 'report timeout'],
      request: ['trying'],
      CANCEL: ['trying'],
      '1xx': ['trying'],
      '2xx': ['completed', 'stop 100', 'stop F', 'send response', 'start J'],
      '300-699': ['completed', 'stop 100', 'stop F', 'send response', 'start J'],
      '408': ['completed', 'stop 100', 'stop F', 'stay silent', 'start J'],
    },
    proceeding: {
      'timer F': ['terminated', 'report timeout'],
      request: ['proceeding', 'send response'],
      CANCEL: ['proceeding'],
      '1xx': ['proceeding'],
      '2xx': ['completed', 'stop F', 'send response', 'start J'],
      '300-699': ['completed', 'stop F', 'send response', 'start J'],
      '408': ['completed', 'stop F', 'stay silent', 'start J'],
      'transport error': ['proceeding', 'report transport error'],
    },
    completed: {
      'timer J': ['terminated'],
      request: ['completed', 'send response'],
      CANCEL: ['completed'],
      '2xx': ['completed'],
      '300-699': ['completed'],
      '408': ['completed'],
      'transport error': ['completed', 'report transport error'],
    },
  },
}
