/** The states of a peer; I is the connection that we opened, R the one that the peer opened. */
export type PeerState =
  | 'closed'
  | 'wait-conn-ack'
  | 'wait-i-cea'
  | 'wait-conn-ack-elect'
  | 'wait-returns'
  | 'i-open'
  | 'r-open'
  | 'closing'

/** What happens to a peer; other messages than these are events of the open states only. */
export type PeerEvent =
  | 'Start'
  | 'Stop'
  | 'Timeout'
  | 'Win-Election'
  | 'I-Rcv-Conn-Ack'
  | 'I-Rcv-Conn-Nack'
  | 'I-Rcv-CEA'
  | 'I-Rcv-Non-CEA'
  | 'I-Peer-Disc'
  | 'R-Conn-CER'
  | 'R-Peer-Disc'
  | 'I-Rcv-DWR'
  | 'R-Rcv-DWR'
  | 'I-Rcv-DWA'
  | 'R-Rcv-DWA'
  | 'I-Rcv-DPR'
  | 'R-Rcv-DPR'
  | 'I-Rcv-DPA'
  | 'R-Rcv-DPA'
  | 'I-Rcv-Message'
  | 'R-Rcv-Message'

/** What is done then. */
export type PeerAction =
  | 'I-Snd-Conn-Req'
  | 'I-Snd-CER'
  | 'I-Snd-DPR'
  | 'R-Snd-DPR'
  | 'I-Snd-DPA'
  | 'R-Snd-DPA'
  | 'I-Snd-DWA'
  | 'R-Snd-DWA'
  | 'I-Disc'
  | 'R-Disc'
  | 'R-Accept'
  | 'R-Reject'
  | 'R-Snd-CEA'
  | 'Elect'
  | 'Error'
  | 'Process'
  | 'Process-DWA'

/** Where an event leads, and what it does on the way. */
export type PeerStep = readonly [next: PeerState, ...actions: PeerAction[]]

/**
 * The table of RFC 6733 §5.6. An event that a state does not know changes nothing.
 *
 * `Process-CER` and `Process-CEA` come before the event: a CER or CEA that is not good never is one, and its connection
 * is closed. In `closing`, DWR and other messages are passed over.
 */
export const PEER_STATES: Readonly<Record<PeerState, Readonly<Partial<Record<PeerEvent, PeerStep>>>>> = {
  closed: {
    Start: ['wait-conn-ack', 'I-Snd-Conn-Req'],
    'R-Conn-CER': ['r-open', 'R-Accept', 'R-Snd-CEA'],
  },
  'wait-conn-ack': {
    'I-Rcv-Conn-Ack': ['wait-i-cea', 'I-Snd-CER'],
    'I-Rcv-Conn-Nack': ['closed', 'Error'],
    'R-Conn-CER': ['wait-conn-ack-elect', 'R-Accept'],
    Timeout: ['closed', 'Error'],
    Stop: ['closed', 'Error'],
  },
  'wait-i-cea': {
    'I-Rcv-CEA': ['i-open'],
    'R-Conn-CER': ['wait-returns', 'R-Accept', 'Elect'],
    'I-Peer-Disc': ['closed', 'I-Disc'],
    'I-Rcv-Non-CEA': ['closed', 'Error'],
    Timeout: ['closed', 'Error'],
    Stop: ['closed', 'Error'],
  },
  'wait-conn-ack-elect': {
    'I-Rcv-Conn-Ack': ['wait-returns', 'I-Snd-CER', 'Elect'],
    'I-Rcv-Conn-Nack': ['r-open', 'R-Snd-CEA'],
    'R-Peer-Disc': ['wait-conn-ack', 'R-Disc'],
    'R-Conn-CER': ['wait-conn-ack-elect', 'R-Reject'],
    Timeout: ['closed', 'Error'],
    Stop: ['closed', 'Error'],
  },
  'wait-returns': {
    'Win-Election': ['r-open', 'I-Disc', 'R-Snd-CEA'],
    'I-Peer-Disc': ['r-open', 'I-Disc', 'R-Snd-CEA'],
    'I-Rcv-CEA': ['i-open', 'R-Disc'],
    'R-Peer-Disc': ['wait-i-cea', 'R-Disc'],
    'R-Conn-CER': ['wait-returns', 'R-Reject'],
    Timeout: ['closed', 'Error'],
    Stop: ['closed', 'Error'],
  },
  'r-open': {
    'R-Rcv-Message': ['r-open', 'Process'],
    'R-Rcv-DWR': ['r-open', 'R-Snd-DWA'],
    'R-Rcv-DWA': ['r-open', 'Process-DWA'],
    'R-Conn-CER': ['r-open', 'R-Reject'],
    Stop: ['closing', 'R-Snd-DPR'],
    'R-Rcv-DPR': ['closing', 'R-Snd-DPA'],
    'R-Peer-Disc': ['closed', 'R-Disc'],
  },
  'i-open': {
    'I-Rcv-Message': ['i-open', 'Process'],
    'I-Rcv-DWR': ['i-open', 'I-Snd-DWA'],
    'I-Rcv-DWA': ['i-open', 'Process-DWA'],
    'R-Conn-CER': ['i-open', 'R-Reject'],
    Stop: ['closing', 'I-Snd-DPR'],
    'I-Rcv-DPR': ['closing', 'I-Snd-DPA'],
    'I-Peer-Disc': ['closed', 'I-Disc'],
  },
  closing: {
    'I-Rcv-DPA': ['closed', 'I-Disc'],
    'R-Rcv-DPA': ['closed', 'R-Disc'],
    Timeout: ['closed', 'Error'],
    'I-Peer-Disc': ['closed', 'I-Disc'],
    'R-Peer-Disc': ['closed', 'R-Disc'],
    'R-Conn-CER': ['closing', 'R-Reject'],
  },
}
